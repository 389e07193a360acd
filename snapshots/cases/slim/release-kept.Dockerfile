# expect: changed
# trap: The name of the release stands before `slim` in tags of Node.js.
FROM node:20-bookworm-slim
WORKDIR /app
COPY . .
RUN npm ci
CMD ["node", "server.js"]
