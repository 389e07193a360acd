# expect: changed
# trap: Apache opens port 80 by a configuration of the image, which two files name, and writes its PID, locks and logs.
FROM php:8.2-apache
COPY . /var/www/html
RUN find /etc/apache2 -type f -name '*.conf' -exec sed -ri 's/^([[:space:]]*Listen[[:space:]]+)80$/\18080/; s/(<VirtualHost[[:space:]][^>]*:)80>/\18080>/' '{}' + \
    && mkdir -p /var/lock/apache2 /var/log/apache2 /var/run/apache2 && chown -R 33:0 /var/lock/apache2 /var/log/apache2 /var/run/apache2 && chmod -R g=u /var/lock/apache2 /var/log/apache2 /var/run/apache2
USER 33
EXPOSE 8080
