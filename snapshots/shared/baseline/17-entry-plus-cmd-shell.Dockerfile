FROM alpine
RUN apk add --no-cache bash
USER 1001
ENTRYPOINT /entry.sh "$@"
CMD exec top -b
