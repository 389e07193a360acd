# expect: changed
# trap: Nothing is known of the base; the assumption must be said.
FROM registry.example.com/team/base:7
WORKDIR /srv
COPY . .
RUN mkdir -p /srv/data
USER 0
RUN mkdir -p /srv/data && chgrp -R 0 /srv/data && chmod -R g=u /srv/data
USER 1001
EXPOSE 8080
ENTRYPOINT ["/srv/app", "--port", "8080"]
