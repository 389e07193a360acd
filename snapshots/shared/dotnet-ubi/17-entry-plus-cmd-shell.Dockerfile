FROM alpine
RUN apk add --no-cache bash
ENTRYPOINT /entry.sh "$@"
CMD exec top -b
