# syntax=docker/dockerfile:1@sha256:f86143b75e5ff8b48f6ab64d61eb77856596c4a6a0264fba4d78400d85b8bfcd
# trap: an image has more places than FROM
# expect: changed
FROM --platform=linux/arm64 node:22@sha256:281a10c019b1128790759ddb0165cb537a522a02827ee49f6170c50cb814fc1f AS build
RUN --mount=type=bind,from=busybox:latest@sha256:de68ccc327e508f44a3a150fc877a442581bb03dd53e24b418fbc425ece79d52,target=/b --mount=type=cache,target=/c make
FROM scratch
COPY --from=nginx:1.25@sha256:b07c1fa29c8dc936d6db6891b04d7647d88ecb270969a682be1b6e033134f8b3 /etc/nginx /etc/nginx
COPY --from=build /out /out
