# expect: changed
# trap: Another user has 1000 and a group has 1001 already.
FROM debian:12-slim
RUN groupadd -g 1001 team && useradd -u 1000 build && useradd --uid 1002 -r -g team shop
COPY run /srv/
USER 1002
CMD ["/srv/run"]
