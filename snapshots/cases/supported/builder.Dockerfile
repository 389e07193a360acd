# expect: changed
# trap: Go compiles what it compiled.
FROM golang:1.26-alpine AS build
COPY . .
RUN go build -o /app .
FROM alpine:3.22
COPY --from=build /app /app
CMD ["/app"]
