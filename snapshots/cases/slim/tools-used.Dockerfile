# expect: changed
# trap: git and curl are in the full image only, and the health check uses curl too.
FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl git && rm -rf /var/lib/apt/lists/*
RUN git clone https://example.com/app.git /app
HEALTHCHECK CMD curl -f http://localhost:8000/ || exit 1
CMD ["python", "/app/app.py"]
