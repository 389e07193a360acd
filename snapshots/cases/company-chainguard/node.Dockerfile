# expect: changed
# trap: The entry point of the image is Node.js.
FROM cgr.dev/example.com/node:22
WORKDIR /app
COPY . /app
USER 65532
CMD ["server.js"]
