# expect: changed
# trap: the script may install packages from the lists that are there.
FROM debian:12
RUN apt-get update
COPY setup.sh /tmp/
RUN /tmp/setup.sh
RUN apt-get update && apt-get install -y --no-install-recommends jq && rm -rf /var/lib/apt/lists/*
USER 1001
CMD ["jq"]
