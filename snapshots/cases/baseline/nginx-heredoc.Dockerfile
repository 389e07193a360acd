# expect: changed
# trap: The configuration stands in the file, and the port is changed where it stands; the comment is no directive.
FROM nginx:1.27
COPY <<EOF /etc/nginx/conf.d/default.conf
# listen 80 is for everybody
server {
    listen 8080 default_server;
    listen [::]:8080;
    root /srv;
}
EOF
COPY dist /srv
RUN mkdir -p /run /var/cache/nginx && chown -R 101:0 /run /var/cache/nginx && chmod -R g=u /run /var/cache/nginx
USER 101
EXPOSE 8080
HEALTHCHECK CMD curl -f http://localhost:8080/
