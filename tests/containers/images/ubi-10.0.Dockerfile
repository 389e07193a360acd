# image: registry.access.redhat.com/ubi9/dotnet-100-aspnet:10.0
# image: registry.access.redhat.com/ubi9/dotnet-100-runtime:10.0
# Neither a WORKDIR nor fix-permissions.
FROM docker.io/library/python:3.11
COPY --chmod=755 dotnet microdnf /usr/bin/
RUN ln -sf bash /bin/sh \
 && useradd --uid 1001 --gid 0 --home-dir /opt/app-root --no-create-home --shell /sbin/nologin default \
 && rm -f /usr/bin/apt* /usr/bin/dpkg* /usr/sbin/useradd /usr/sbin/groupadd /usr/sbin/adduser /usr/sbin/addgroup \
 && mkdir -p /opt/app-root && chown -R 1001:0 /opt/app-root && chmod -R g=u /opt/app-root
ENV HOME=/opt/app-root APP_UID=1001 ASPNETCORE_URLS=http://*:8080
EXPOSE 8080
USER $APP_UID
