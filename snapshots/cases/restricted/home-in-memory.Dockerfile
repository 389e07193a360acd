# expect: changed
# trap: With a read-only root filesystem the home of the user is not writable.
FROM node:20-slim
WORKDIR /srv/app
COPY . .
USER 1000
ENV HOME=/tmp
CMD ["node", "server.js"]
