# expect: changed
# trap: An explicit USER root at the end.
FROM node:20
WORKDIR /app
USER root
COPY . .
RUN npm ci && npm cache clean --force
USER 1000
CMD ["node", "server.js"]
