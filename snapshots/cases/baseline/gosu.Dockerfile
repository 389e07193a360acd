# expect: either
# trap: The start script gives up root by itself, and needs it for that.
FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends gosu && rm -rf /var/lib/apt/lists/*
COPY entrypoint.sh /
ENTRYPOINT ["/entrypoint.sh"]
CMD ["/srv/run"]
