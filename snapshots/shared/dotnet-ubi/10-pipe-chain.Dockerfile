FROM ubuntu:22.04
RUN set -ex; apt-get update && apt-get install -y --no-install-recommends curl ca-certificates gnupg | tee /tmp/log || (echo failed; exit 1) && curl -fsSL https://deb.nodesource.com/setup_20.x | bash - && apt-get install -y --no-install-recommends nodejs && rm -rf /var/lib/apt/lists/*
RUN if [ -f /etc/debian_version ]; then apt-get update; apt-get install -y --no-install-recommends jq; fi
RUN apt-get install -y --no-install-recommends vim > /dev/null 2>&1 &
RUN echo "apt-get install -y foo" > /root/howto.txt
CMD ["node", "-v"]
