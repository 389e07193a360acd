# expect: either
# trap: MAINTAINER with quotes and angle brackets in it.
FROM debian:12
LABEL org.opencontainers.image.authors="Team \"Shop\" Example <shop@example.com>"
CMD ["sh"]
