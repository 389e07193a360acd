# expect: changed
# trap: Changes below a volume after VOLUME are lost.
FROM python:3.12-slim
WORKDIR /srv/app
COPY . .
RUN mkdir -p /srv/app/data && chgrp -R 0 /srv/app/data && chmod -R g=u /srv/app/data
USER 1001
ENV HOME=/tmp
VOLUME /srv/app/data
EXPOSE 8080
CMD ["gunicorn", "--bind", "0.0.0.0:8080", "shop:app"]
