# expect: either
# trap: The port is a variable of the file.
FROM node:20
WORKDIR /app
COPY . .
USER 1000
ENV PORT=8080
EXPOSE 8080
CMD ["node", "server.js"]
