# expect: changed
# trap: upgrades are security updates; none of them may get lost.
FROM debian:12
RUN apt-get update && apt-get upgrade -y && apt-get dist-upgrade -y && rm -rf /var/lib/apt/lists/*
USER 1001
CMD ["true"]
