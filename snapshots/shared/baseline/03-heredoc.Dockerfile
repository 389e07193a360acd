# syntax=docker/dockerfile:1
FROM debian:12
RUN <<EOF
apt-get update
apt-get install -y --no-install-recommends curl ca-certificates
rm -rf /var/lib/apt/lists/*
USER=bob
echo "FROM here"
EOF
COPY <<'CMD' /usr/local/bin/run.sh
#!/bin/sh
# CMD marker, don't touch
exec sleep infinity
CMD
RUN <<-A cat > /a && <<-B cat > /b
	hello a
	A
	hello b
	B
USER 1001
CMD ["sh", "/usr/local/bin/run.sh"]
