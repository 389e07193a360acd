# expect: changed
# trap: The port moves with the image.
FROM docker.io/nginxinc/nginx-unprivileged:1.25-alpine
COPY html /usr/share/nginx/html
USER 101
EXPOSE 8080
