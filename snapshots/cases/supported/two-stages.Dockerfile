# expect: changed
# trap: Both stages must have the same Node.js.
FROM node:22-alpine AS build
WORKDIR /app
COPY . .
RUN npm ci
FROM node:22-alpine
COPY --from=build /app /app
CMD ["node", "/app/server.js"]
