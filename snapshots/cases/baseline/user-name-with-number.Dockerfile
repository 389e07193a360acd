# expect: changed
# trap: The file gives its user a number: that is the one.
FROM python:3.12-slim
WORKDIR /app
COPY . .
RUN adduser -u 5678 --disabled-password --gecos "" shop && chown -R shop /app
USER 5678
CMD ["python", "shop.py"]
