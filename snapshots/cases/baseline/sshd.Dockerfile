# expect: either
# trap: A server that needs root, port 22 included.
FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends openssh-server && mkdir /var/run/sshd && rm -rf /var/lib/apt/lists/*
EXPOSE 22
CMD ["/usr/sbin/sshd", "-D"]
