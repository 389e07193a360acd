# trap: the tag has moved on since the digest was written
# expect: changed
FROM node:22@sha256:281a10c019b1128790759ddb0165cb537a522a02827ee49f6170c50cb814fc1f
