FROM node:18 AS base
WORKDIR /app
COPY package*.json ./

FROM base AS prod
RUN npm install --production
COPY . .
CMD ["npm", "start"]

FROM base AS test
RUN npm install && npm cache clean --force
COPY . .
CMD ["npm", "test"]
