# expect: changed
# trap: The name of the release stands behind `slim` in tags of Python.
FROM python:3.11.9-slim-bullseye
COPY app.py /
CMD ["python", "/app.py"]
