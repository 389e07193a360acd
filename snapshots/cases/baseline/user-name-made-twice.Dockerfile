# expect: either
# trap: Two stages give the name two numbers: each has its own.
FROM debian:12-slim AS tools
RUN useradd -u 7000 shop
USER shop
RUN whoami

FROM debian:12-slim
RUN useradd -u 8000 shop
COPY run /srv/
USER 8000
CMD ["/srv/run"]
