# expect: changed
# trap: a list that runs in the background has no end to clean up at.
FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends jq & wait
RUN apt-get update && apt-get install -y --no-install-recommends jq && rm -rf /var/lib/apt/lists/*
USER 1001
CMD ["jq"]
