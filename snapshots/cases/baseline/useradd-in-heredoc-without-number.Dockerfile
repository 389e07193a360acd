# expect: changed
# trap: The number of the user is written into the heredoc.
FROM debian:12-slim
RUN <<EOF
set -e
useradd --uid 1000 shop
EOF
COPY run /srv/
USER 1000
CMD ["/srv/run"]
