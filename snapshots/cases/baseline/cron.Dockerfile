# expect: either
# trap: cron runs as root.
FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends cron && rm -rf /var/lib/apt/lists/*
COPY jobs /etc/cron.d/
CMD ["cron", "-f"]
