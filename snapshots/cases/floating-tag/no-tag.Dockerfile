# trap: a digest without a tag could not be followed later
# expect: changed
FROM node:latest@sha256:afc26abed7df5ccccf6d1b3bfe0549b8ca37ebe947210acfc6fe3d50d925de3c
