# expect: changed
# trap: The user is known from the image.
FROM node:20
WORKDIR /app
COPY . .
USER 1000
CMD ["node", "server.js"]
