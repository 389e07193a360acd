# expect: changed
# trap: The number that a system user gets hangs on what is installed before; USER must be a number all the same.
FROM debian:12-slim
RUN useradd --uid 1001 -r shop
COPY run /srv/
USER 1001
CMD ["/srv/run"]
