# expect: changed
# trap: The script was read: it writes where everybody may, and to a volume; nothing is said of it.
FROM python:3.12-slim
ENV DATA=/data
RUN mkdir -p /data && chgrp -R 0 /data && chmod -R g=u /data
VOLUME /data
COPY docker/start.sh /usr/local/bin/
COPY app.py /srv/
RUN chmod +x /usr/local/bin/start.sh
USER 1001
ENTRYPOINT ["start.sh"]
CMD ["python", "/srv/app.py"]
