# expect: either
# trap: A supervisor that starts its programs as several users.
FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends supervisor && rm -rf /var/lib/apt/lists/*
COPY supervisord.conf /etc/supervisor/
CMD ["supervisord", "-n"]
