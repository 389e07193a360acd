# trap: an ARG is made of another one
# expect: changed
ARG VERSION=22@sha256:281a10c019b1128790759ddb0165cb537a522a02827ee49f6170c50cb814fc1f
ARG IMAGE=node:${VERSION}
FROM ${IMAGE}
