# expect: either
# trap: dash has no pipefail, and alpine no bash.
FROM alpine:3.22 AS one
RUN set -o pipefail && wget -qO- https://example.com/a.tgz | tar xz

FROM debian:12
RUN cat /etc/passwd | grep root
CMD ["sh"]
