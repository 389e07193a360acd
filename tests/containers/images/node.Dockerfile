# image: docker.io/library/node:20
# image: docker.io/library/node:20-slim
# Debian's release of Node.js is an older one; the official image has a user `node` with UID 1000.
FROM docker.io/library/debian:12
RUN apt-get update && apt-get install -y --no-install-recommends nodejs && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
CMD ["node"]
