# expect: changed
# trap: The user stands behind the start command, and counts all the same.
FROM debian:12-slim
RUN groupadd -g 1700 shop && useradd -u 1700 -g shop shop
COPY run /srv/
ENTRYPOINT ["/srv/run"]
USER 1700:1700
