FROM debian:stretch
RUN apt-get install -y --no-install-recommends python-dev
RUN apt-get update && apt-get upgrade -y && apt-get dist-upgrade -y && rm -rf /var/lib/apt/lists/*
RUN apt-get update && apt-get install -y --no-install-recommends openssh-server sudo && rm -rf /var/lib/apt/lists/*
RUN mkdir /var/run/sshd && echo 'root:root' | chpasswd
EXPOSE 22
CMD ["/usr/sbin/sshd", "-D"]
