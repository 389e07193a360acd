# expect: changed
# trap: The second user of a person has 1001 today, and must not get the number of the first.
FROM debian:12-slim
RUN useradd --create-home build \
 && useradd --uid 1001 --create-home --shell /bin/bash shop
COPY run /srv/
USER 1001
CMD ["/srv/run"]
