# expect: changed
# trap: A RUN that needs root stands after the start command.
FROM node:20
WORKDIR /app
CMD ["node", "server.js"]
COPY . .
RUN npm ci && apt-get update && apt-get install -y --no-install-recommends curl ca-certificates && npm cache clean --force && rm -rf /var/lib/apt/lists/*
USER 1000
