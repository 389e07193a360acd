FROM debian:12-slim
RUN useradd -r app
USER app
WORKDIR /srv
COPY --chown=app . .
USER root
USER app
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["tini", "--"]
CMD ["/srv/run"]
