# image: docker.io/library/nginx:1.27
# image: docker.io/library/nginx:latest
# Debian's nginx, laid out as in the official image: user `nginx` with UID 101, port 80, logs to the standard streams.
FROM docker.io/library/debian:12
RUN groupadd --system --gid 101 nginx && useradd --system --gid nginx --no-create-home --home-dir /nonexistent --shell /bin/false --uid 101 nginx \
 && apt-get update && apt-get install -y --no-install-recommends nginx-light && rm -rf /var/lib/apt/lists/* \
 && rm -rf /etc/nginx/sites-enabled /etc/nginx/modules-enabled /var/lib/nginx /var/www \
 && mkdir -p /usr/share/nginx/html /var/cache/nginx && echo 'Welcome' >/usr/share/nginx/html/index.html \
 && ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log
COPY nginx.conf /etc/nginx/nginx.conf
COPY nginx-default.conf /etc/nginx/conf.d/default.conf
EXPOSE 80
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
