# expect: either
# trap: No label is invented, least of all in the build stage.
FROM golang:1.22 AS build
RUN go build -o /out ./...

FROM debian:12-slim
COPY --from=build /out /usr/local/bin/
USER 1001
CMD ["shop"]
