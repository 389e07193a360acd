# expect: changed
# trap: a cleanup behind the comment inside the continuation would end the instruction.
FROM debian:12
RUN apt-get update \
    # the compiler
    && apt-get install -y --no-install-recommends \
        gcc \
        libc6-dev \
        # and what it needs
        make \
    && rm -rf /var/lib/apt/lists/*
USER 1001
CMD ["gcc", "--version"]
