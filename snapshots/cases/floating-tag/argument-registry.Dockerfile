# trap: a mirror has the same image by the same digest
# expect: changed
ARG REGISTRY=registry.example/library
FROM ${REGISTRY}/node:22@sha256:60cf140bf55fe89ecf61a27af9fc1decaf7fe83253a357824d9f957f1951c5c8
