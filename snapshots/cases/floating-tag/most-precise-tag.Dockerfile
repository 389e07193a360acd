# trap: `latest` and no tag are the same
# expect: changed
FROM node:22.11.0-bookworm AS a
FROM node:23.3.0 AS b
FROM alpine:3.20.3
