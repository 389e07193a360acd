# expect: either
# trap: Comments and an empty line inside a continued RUN.
FROM ubuntu:24.04
RUN apt-get update && \
    # the tools of the build
    apt-get install -y --no-install-recommends \
# at the margin
      gcc libc6-dev \

      make \
    # last
      curl ca-certificates && \
    rm -rf /var/lib/apt/lists/*
CMD ["sh"]
