# expect: changed
# trap: ENTRYPOINT names a program that no search path leads to.
FROM gcr.io/distroless/nodejs22-debian12:nonroot
WORKDIR /app
COPY . /app
USER 65532
ENTRYPOINT ["/nodejs/bin/node", "server.js"]
