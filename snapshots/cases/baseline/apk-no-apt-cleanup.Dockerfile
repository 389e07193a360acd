# expect: changed
# trap: apk has no lists of apt, and a virtual package is removed again.
FROM alpine:3.22
RUN apk add --no-cache --virtual .build gcc musl-dev && gcc --version && apk del .build
USER 1001
CMD ["true"]
