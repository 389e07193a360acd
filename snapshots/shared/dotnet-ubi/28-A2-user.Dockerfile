FROM debian:12-slim
RUN useradd -r app
COPY . /srv
RUN chown -R app /srv && apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
EXPOSE 80
CMD ["/srv/run"]
