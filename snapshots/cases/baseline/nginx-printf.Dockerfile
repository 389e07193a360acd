# expect: changed
# trap: A RUN writes the configuration, and another takes the image's own away.
FROM nginx:1.27
RUN rm /etc/nginx/conf.d/default.conf
RUN printf 'server { listen 80; root /srv; }\n' > /etc/nginx/conf.d/app.conf
COPY dist /srv
RUN sed -ri 's/(listen[[:space:]]+([^;[:space:]]*:)?)80([;[:space:]])/\18080\3/g' /etc/nginx/conf.d/app.conf \
    && mkdir -p /run /var/cache/nginx && chown -R 101:0 /run /var/cache/nginx && chmod -R g=u /run /var/cache/nginx
USER 101
EXPOSE 8080
