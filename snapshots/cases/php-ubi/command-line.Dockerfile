# expect: changed
# trap: A program of the command line.
FROM registry.access.redhat.com/ubi9/php-82:latest
WORKDIR /app
COPY . /app
USER 1001
CMD ["php", "/app/run.php"]
