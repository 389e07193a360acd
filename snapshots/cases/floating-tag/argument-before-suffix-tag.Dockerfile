# trap: the tag can be made precise in the ARG
# expect: changed
ARG VERSION=22.11.0
FROM node:${VERSION}-slim
