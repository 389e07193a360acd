# expect: changed
# trap: The version is in a variable; what other builds set must get the suffix too.
ARG PYTHON=3.12
FROM python:${PYTHON}-slim
COPY app.py /
CMD ["python", "/app.py"]
