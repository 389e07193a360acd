# expect: either
# trap: An image without a shell, without users, and without anything to install.
FROM golang:1.22 AS build
WORKDIR /src
COPY . .
RUN go build -o /out/shop ./cmd/shop

FROM scratch
COPY --from=build /out/shop /shop
USER 1001
EXPOSE 8080
ENTRYPOINT ["/shop"]
