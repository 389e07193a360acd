# expect: either
# trap: A USER in the build stage says nothing of the image.
FROM node:20 AS build
USER node
WORKDIR /home/node/src
COPY --chown=node . .
RUN npm ci

FROM node:20-slim
WORKDIR /app
COPY --from=build /home/node/src .
USER 1000
CMD ["node", "server.js"]
