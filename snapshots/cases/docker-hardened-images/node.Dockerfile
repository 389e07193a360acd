# expect: changed
# trap: The entry point of the new image is not known.
FROM dhi.io/node:22-alpine
WORKDIR /app
COPY . /app
ENTRYPOINT []
USER 65532
CMD ["node", "server.js"]
