# expect: changed
# trap: The base is an argument without a default.
ARG BASE
FROM ${BASE}
COPY app /app
USER 1001
CMD ["/app"]
