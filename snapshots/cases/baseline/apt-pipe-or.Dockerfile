# expect: changed
# trap: tee and the group behind || are no packages, and the cleanup belongs behind the pipe.
FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends tini gnupg | tee /tmp/log && rm -rf /var/lib/apt/lists/* || (echo failed; exit 1)
USER 1001
CMD ["tini", "--version"]
