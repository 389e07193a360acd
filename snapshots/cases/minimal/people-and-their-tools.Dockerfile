# expect: changed
# trap: What is used stays: procps by the health check, jq by the start, the compiler by pip, which does not name it.
FROM debian:12
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
    gcc \
    jq \
    procps \
    python3-pip \
 && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir --break-system-packages gunicorn==23.0.0
RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} + || true
HEALTHCHECK CMD pgrep gunicorn
USER 1001
CMD ["sh", "-c", "jq . /srv/config.json && exec gunicorn app:app"]
