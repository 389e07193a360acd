# expect: changed
# trap: The image runs as its own user, who owns what it writes; any other user of group 0 could not write there.
FROM node:20-slim
WORKDIR /srv/app
COPY --chown=node:node . .
RUN mkdir -p /var/lib/shop && chown -R node /var/lib/shop
RUN mkdir -p /srv/app /var/lib/shop && chown -R 1000:0 /srv/app /var/lib/shop && chmod -R g=u /srv/app /var/lib/shop
USER 1000
ENV HOME=/tmp
CMD ["node", "server.js"]
