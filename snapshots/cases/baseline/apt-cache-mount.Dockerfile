# expect: changed
# trap: with a cache mount the lists are in no layer, but the packages still bring what they recommend.
FROM debian:12
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked \
    apt-get update && apt-get install -y --no-install-recommends jq
RUN --mount=type=cache,target=/root/.cache pip install flask
USER 1001
CMD ["jq"]
