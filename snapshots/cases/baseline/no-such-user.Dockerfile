# expect: either
# trap: No user is named that nobody created.
FROM node:20
WORKDIR /app
COPY . .
RUN npm ci && npm cache clean --force
USER 1000
CMD ["node", "server.js"]
