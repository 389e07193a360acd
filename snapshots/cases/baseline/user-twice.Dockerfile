# expect: changed
# trap: Two users, the second of which the image runs as; a folder of the first is not to be given to the second.
FROM debian:12-slim
RUN useradd -u 1500 build && useradd -u 1600 shop
USER build
WORKDIR /home/build
COPY . .
USER 1600
CMD ["/home/build/run"]
