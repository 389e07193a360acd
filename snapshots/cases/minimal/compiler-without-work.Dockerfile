# expect: changed
# trap: A compiler is needless where nothing is built behind it, and the whole command goes with it.
FROM debian:12
COPY app /usr/local/bin/app
RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} + || true
USER 1001
CMD ["app"]
