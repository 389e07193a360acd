# expect: changed
# trap: A folder that was made to be a volume: given away after VOLUME, it would stay root's.
FROM python:3.12-slim
WORKDIR /app
COPY . .
RUN mkdir /data
RUN mkdir -p /data && chgrp -R 0 /data && chmod -R g=u /data
USER 1001
VOLUME /data
CMD ["python", "shop.py"]
