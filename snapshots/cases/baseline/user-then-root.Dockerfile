# expect: either
# trap: Root comes back for a package and stays: what needs root must not run as the user.
FROM debian:12-slim
RUN useradd --uid 1001 -r shop
USER shop
WORKDIR /srv
COPY . .
USER root
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
USER 1001
ENTRYPOINT ["tini", "--"]
CMD ["/srv/run"]
