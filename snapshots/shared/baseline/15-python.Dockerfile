FROM python:3.8
LABEL org.opencontainers.image.authors="Jane \"JD\" Doe <jane@example.com>"
ENV A=1
ENV B=$A/x
ENV A=2
RUN cd /opt && mkdir data
RUN cd /tmp && wget -O x.tar.gz https://example.com/x.tar.gz && tar xf x.tar.gz
RUN pip install --no-cache-dir -r <(echo flask)
RUN chmod 777 /opt/data
WORKDIR /app
COPY . .
RUN mkdir -p /var/log/app
RUN mkdir -p /opt/data /var/log/app && chgrp -R 0 /opt/data /var/log/app && chmod -R g=u /opt/data /var/log/app
USER 1001
EXPOSE 8000
EXPOSE 8000/udp
VOLUME /opt/data
HEALTHCHECK CMD curl -k https://localhost:8000/ || exit 1
CMD ["gunicorn", "app:app"]
