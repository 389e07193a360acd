# expect: changed
# trap: the operators end their lines, and a tilde stands in front of a continuation.
FROM debian:12
RUN cd ~ \
 && apt-get update \
 && apt-get install -y --no-install-recommends jq \
 && rm -rf /var/lib/apt/lists/*
RUN apt-get update && \
    apt-get install -y --no-install-recommends \
        tini && \
    cd ~ && \
    echo done && \
    rm -rf /var/lib/apt/lists/*
USER 1001
CMD ["jq"]
