# expect: changed
# trap: the stage below fetched the lists; each RUN that installs has to fetch its own.
FROM debian:12 AS base

FROM base
RUN apt-get update && apt-get install -y --no-install-recommends jq && rm -rf /var/lib/apt/lists/*
USER 1001
CMD ["jq"]
