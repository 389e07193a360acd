# expect: changed
# trap: The program needs no library; certificates are in the new image.
FROM golang:1.25 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /app .
FROM cgr.dev/chainguard/static:latest
COPY --from=build /app /app
USER 65532
ENTRYPOINT ["/app"]
