# expect: changed
# trap: The user is made three stages up in the lineage, where its number stands.
FROM debian:12-slim AS base
RUN groupadd -g 2100 shop && useradd -u 2100 -g 2100 shop

FROM base AS tools
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*

FROM tools AS code
COPY . /srv

FROM code
USER 2100
CMD ["/srv/run"]
