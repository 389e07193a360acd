FROM alpine
RUN apk add bash
USER 1001
ENTRYPOINT /entry.sh "$@"
CMD exec top -b
