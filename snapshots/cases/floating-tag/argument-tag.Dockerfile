# trap: the digest belongs to the tag, so it must go where the tag is
# expect: changed
ARG VERSION=22@sha256:281a10c019b1128790759ddb0165cb537a522a02827ee49f6170c50cb814fc1f
FROM node:$VERSION
