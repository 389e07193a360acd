# expect: changed
# trap: Two stages are shipped; the one that is named is hardened, the last one is left as it is.
FROM python:3.12-slim AS base
WORKDIR /srv
COPY . .

FROM base AS web
USER 1001
CMD ["python", "web.py"]

FROM base AS worker
CMD ["python", "worker.py"]
