# expect: changed
# trap: The image without root cannot install: root for these lines, and its user behind them.
FROM docker.io/nginxinc/nginx-unprivileged:stable
USER 0
RUN apt-get update && apt-get install -y --no-install-recommends gettext && rm -rf /var/lib/apt/lists/*
USER 101
