# expect: changed
# trap: a command behind the line of the heredoc would throw the script away.
FROM debian:12
RUN <<EOF
apt-get update
apt-get install -y --no-install-recommends jq && rm -rf /var/lib/apt/lists/*
EOF
RUN <<EOF
set -e
apt-get update
apt-get install -y --no-install-recommends tini
rm -rf /var/lib/apt/lists/*
echo done
EOF
USER 1001
CMD ["jq", "--version"]
