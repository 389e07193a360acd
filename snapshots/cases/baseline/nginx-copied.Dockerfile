# expect: changed
# trap: The configuration is in the build context, once as a file and once in a folder.
FROM nginx:1.27
RUN rm -f /etc/nginx/conf.d/*.conf
COPY nginx.conf /etc/nginx
COPY sites/ /etc/nginx/conf.d/
COPY dist /srv
RUN sed -ri 's/(listen[[:space:]]+([^;[:space:]]*:)?)80([;[:space:]])/\18080\3/g' /etc/nginx/conf.d/a.conf \
    && mkdir -p /run /var/cache/nginx /var/log/nginx && chown -R 101:0 /run /var/cache/nginx /var/log/nginx && chmod -R g=u /run /var/cache/nginx /var/log/nginx
USER 101
EXPOSE 8080
