# expect: changed
# trap: An explicit USER root at the end.
FROM node:20
WORKDIR /app
USER root
COPY . .
RUN npm ci
USER 1000
CMD ["node", "server.js"]
