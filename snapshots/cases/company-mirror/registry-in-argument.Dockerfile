# expect: changed
# trap: The registry is in an ARG that two stages take.
ARG REGISTRY=registry.example.com/docker.io
FROM ${REGISTRY}/library/node:20 AS build
FROM ${REGISTRY}/library/node:20-slim
CMD ["node"]
