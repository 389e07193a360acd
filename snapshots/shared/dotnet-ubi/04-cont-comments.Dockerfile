FROM ubuntu:22.04
RUN apt-get update && \
    # install build tools \
    apt-get install -y --no-install-recommends \
# column-zero comment
      gcc libc6-dev \

      make \
    # trailing comment
      curl ca-certificates && \
    rm -rf /var/lib/apt/lists/*
COPY . /app
CMD ["/app/run"]
