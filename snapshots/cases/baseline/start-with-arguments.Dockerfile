# expect: either
# trap: A shell-form ENTRYPOINT with `"$@"`, and a CMD that it ignores.
FROM debian:12
USER 1001
ENTRYPOINT /entry.sh "$@"
CMD top -b
