# expect: changed
# trap: The program needs no library; the builder stays.
FROM golang:1.25 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /app .
FROM registry.access.redhat.com/ubi9/ubi-minimal:latest
RUN microdnf install -y --setopt=install_weak_deps=0 --nodocs ca-certificates && microdnf clean all
COPY --from=build /app /app
USER 1001
ENTRYPOINT ["/app"]
