# expect: changed
# trap: The adduser of busybox knows no --uid; the group has a name only.
FROM alpine:3.20
RUN addgroup -S shop && adduser -u 1001 -S -G shop shop
COPY run /srv/
USER 1001:shop
CMD ["/srv/run"]
