# expect: changed
# trap: The configuration is the image's own, nginx makes its folders at the start, and only the base exposes port 80.
FROM node:20 AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build

FROM nginx:1.27-alpine
COPY --from=build /app/dist /usr/share/nginx/html
RUN sed -ri 's/(listen[[:space:]]+([^;[:space:]]*:)?)80([;[:space:]])/\18080\3/g' /etc/nginx/conf.d/default.conf \
    && mkdir -p /run /var/cache/nginx && chown -R 101:0 /run /var/cache/nginx && chmod -R g=u /run /var/cache/nginx
USER 101
EXPOSE 8080
