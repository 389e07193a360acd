# expect: changed
# trap: The program needs no library; certificates are in the new image.
FROM golang:1.25 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /app .
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /app /app
USER 65532
ENTRYPOINT ["/app"]
