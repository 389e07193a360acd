# expect: changed
# trap: The image has a user for applications.
FROM gcr.io/distroless/static-debian12
COPY shop /shop
USER 65532
ENTRYPOINT ["/shop"]
