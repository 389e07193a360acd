# expect: changed
# trap: The mirror has the same bytes: tag and digest stay.
FROM registry.example.com/docker.io/library/alpine:3.20@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
CMD ["a"]
