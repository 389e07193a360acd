FROM ubuntu:22.04
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN apt-get update && apt-get install -y --no-install-recommends curl ca-certificates && curl -s https://x.y/z | tar xz
SHELL ["/bin/sh", "-c"]
RUN cat /etc/passwd | grep root
RUN ["apt-get", "install", "-y", "git"]
CMD ["sh"]
