# image: docker.io/library/php:8.2-apache
# Debian's Apache, laid out as in the official image of PHP; pages are enough, so PHP itself is left out.
FROM docker.io/library/debian:12
ENV APACHE_CONFDIR=/etc/apache2 APACHE_ENVVARS=/etc/apache2/envvars
RUN apt-get update && apt-get install -y --no-install-recommends apache2 && rm -rf /var/lib/apt/lists/* \
 && sed -ri 's/^export ([^=]+)=(.*)$/: ${\1:=\2}\nexport \1/' /etc/apache2/envvars \
 && for folder in /var/lock/apache2 /var/run/apache2 /var/log/apache2; do \
      rm -rf "$folder" && mkdir -p "$folder" && chown www-data:www-data "$folder" && chmod 1777 "$folder"; \
    done \
 && rm -rf /var/www/html/* \
 && ln -sfT /dev/stderr /var/log/apache2/error.log && ln -sfT /dev/stdout /var/log/apache2/access.log \
 && ln -sfT /dev/stdout /var/log/apache2/other_vhosts_access.log \
 && chown -R --no-dereference www-data:www-data /var/log/apache2
COPY apache2-foreground docker-php-entrypoint /usr/local/bin/
WORKDIR /var/www/html
EXPOSE 80
STOPSIGNAL SIGWINCH
ENTRYPOINT ["docker-php-entrypoint"]
CMD ["apache2-foreground"]
