# expect: changed
# trap: The environment is made by the Python of the build stage: both move. Its program is no program of .NET.
FROM registry.access.redhat.com/ubi9/python-312:latest AS build
WORKDIR /
USER 0
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements.txt
FROM registry.access.redhat.com/ubi9/python-312:latest
COPY --from=build /venv /venv
COPY app.py /app/app.py
USER 1001
ENTRYPOINT ["/venv/bin/python", "/app/app.py"]
