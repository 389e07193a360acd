# expect: changed
# trap: pip installs into the environment of the new image, as root.
FROM registry.access.redhat.com/ubi9/python-312:latest
USER 0
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
USER 1001
EXPOSE 8000
CMD ["gunicorn", "app:app", "-b", "0.0.0.0:8000"]
