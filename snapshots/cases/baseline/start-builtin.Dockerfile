# expect: either
# trap: `exec` is no program.
FROM alpine:3.22
USER 1001
CMD exec top -b
