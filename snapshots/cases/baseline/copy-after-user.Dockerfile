# expect: either
# trap: COPY after USER: files that root owns are not given to the user, who could then change the code.
FROM debian:12-slim
RUN useradd -r -u 5000 shop
USER 5000
COPY . /srv
CMD ["/srv/run"]
