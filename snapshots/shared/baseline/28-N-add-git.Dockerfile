FROM debian:12

RUN apt-get update && apt-get install -y --no-install-recommends git ca-certificates && rm -rf /var/lib/apt/lists/*

ADD --link https://github.com/a/b.git?ref=v1 /b

RUN cd /b && make

SHELL ["/bin/bash", "-o", "pipefail", "-c"]

RUN <<EOF
set -e
set -o pipefail
curl -fsSL https://x.y/z.tar.gz | tar -xz -C /opt --strip-components=1
mkdir -p /data
chmod 775 /data
echo "a $HOME" >/etc/x.conf
cd /b
./configure
make install
cd /
rm -rf /b
EOF

USER 1000

COPY --chown=1000 <<EOF /home/x
hi
EOF

CMD ["/b/run"]
