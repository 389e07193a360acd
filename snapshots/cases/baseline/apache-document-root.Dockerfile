# expect: changed
# trap: The file changes where the sites are, not where Apache listens.
FROM php:8.2-apache
ENV APACHE_DOCUMENT_ROOT=/var/www/public
RUN sed -ri -e 's!/var/www/html!${APACHE_DOCUMENT_ROOT}!g' /etc/apache2/sites-available/*.conf && a2enmod rewrite
COPY . /var/www
RUN find /etc/apache2 -type f -name '*.conf' -exec sed -ri 's/^([[:space:]]*Listen[[:space:]]+)80$/\18080/; s/(<VirtualHost[[:space:]][^>]*:)80>/\18080>/' '{}' + \
    && mkdir -p /var/lock/apache2 /var/log/apache2 /var/run/apache2 && chown -R 33:0 /var/lock/apache2 /var/log/apache2 /var/run/apache2 && chmod -R g=u /var/lock/apache2 /var/log/apache2 /var/run/apache2
USER 33
EXPOSE 8080
