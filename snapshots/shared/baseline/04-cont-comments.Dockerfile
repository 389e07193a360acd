FROM ubuntu:22.04
RUN apt-get update && \
    # install build tools \
    apt-get install -y \
# column-zero comment
      gcc \

      make \
    # trailing comment
      curl
COPY . /app
USER 1001
CMD ["/app/run"]
