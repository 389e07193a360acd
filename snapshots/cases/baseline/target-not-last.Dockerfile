# expect: either
# trap: The stage that is shipped is not the last one.
FROM node:20 AS base
WORKDIR /app
COPY package*.json ./

FROM base AS prod
RUN npm ci --omit=dev && npm cache clean --force
COPY . .
USER 1000
CMD ["npm", "start"]

FROM base AS test
RUN npm ci
COPY . .
CMD ["npm", "test"]
