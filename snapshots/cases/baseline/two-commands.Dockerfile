# expect: either
# trap: Only the last CMD counts, and a commented one is none.
FROM debian:12
# CMD is set by the compose file
RUN echo "CMD foo"
USER 1001
CMD ["b"]
