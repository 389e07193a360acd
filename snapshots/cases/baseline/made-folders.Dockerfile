# expect: changed
# trap: Folders that the file makes are there to be written.
FROM python:3.12-slim
WORKDIR /app
COPY . .
RUN mkdir -p /app/uploads /var/log/shop
RUN mkdir -p /app/uploads /var/log/shop && chgrp -R 0 /app/uploads /var/log/shop && chmod -R g=u /app/uploads /var/log/shop
USER 1001
CMD ["python", "shop.py"]
