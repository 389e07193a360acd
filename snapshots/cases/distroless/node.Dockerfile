# expect: changed
# trap: The new image has Node.js for its entry point, where no search path leads to.
FROM node:22-bookworm AS build
COPY . /app
RUN cd /app && npm ci
FROM gcr.io/distroless/nodejs22-debian12:nonroot
WORKDIR /app
COPY --from=build /app /app
USER 65532
CMD ["server.js"]
