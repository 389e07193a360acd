ARG REGISTRY=docker.io
ARG BASE=python:3.11-slim
ARG DISTRO
FROM ${REGISTRY}/library/${BASE} AS base
ARG BASE
RUN pip install --no-cache-dir flask
FROM base AS runtime
COPY app.py /app/app.py
USER 1001
CMD python /app/app.py --port ${PORT:-8000}
