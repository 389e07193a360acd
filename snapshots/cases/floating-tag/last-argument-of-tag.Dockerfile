# trap: the digest goes behind the end of the tag
# expect: changed
ARG KIND=slim@sha256:e0749476c2801a9d880ec8535934d9610159ca676df64f88f45d9332292869a2
FROM node:22-$KIND
