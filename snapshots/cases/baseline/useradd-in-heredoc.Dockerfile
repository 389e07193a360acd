# expect: changed
# trap: The user is made in a heredoc.
FROM debian:12-slim
RUN <<EOF
set -e
groupadd -g 1800 shop
useradd -u 1800 -g shop shop
EOF
COPY run /srv/
USER 1800
CMD ["/srv/run"]
