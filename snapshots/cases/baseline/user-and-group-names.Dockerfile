# expect: changed
# trap: User and group by name.
FROM debian:12-slim
RUN groupadd -g 3000 team && useradd -u 3001 -g team shop
COPY run /srv/
USER 3001:3000
CMD ["/srv/run"]
