# expect: changed
# trap: One file of the image says the port, and the PID file is among the logs.
FROM httpd:2.4
COPY public /usr/local/apache2/htdocs/
RUN find /usr/local/apache2/conf -type f -name '*.conf' -exec sed -ri 's/^([[:space:]]*Listen[[:space:]]+)80$/\18080/; s/(<VirtualHost[[:space:]][^>]*:)80>/\18080>/' '{}' + \
    && mkdir -p /usr/local/apache2/logs && chown -R 33:0 /usr/local/apache2/logs && chmod -R g=u /usr/local/apache2/logs
USER 33
EXPOSE 8080
