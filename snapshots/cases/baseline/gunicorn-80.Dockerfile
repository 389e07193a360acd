# expect: either
# trap: The port stands in the start command.
FROM python:3.12-slim
WORKDIR /app
COPY . .
USER 1001
EXPOSE 8080
CMD ["gunicorn", "-b", "0.0.0.0:8080", "shop:app"]
