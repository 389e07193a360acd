# image: registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
# The minimal image has no useradd either.
FROM docker.io/library/python:3.11
COPY --chmod=755 dotnet fix-permissions microdnf /usr/bin/
RUN ln -sf bash /bin/sh \
 && useradd --uid 1001 --gid 0 --home-dir /opt/app-root --no-create-home --shell /sbin/nologin default \
 && rm -f /usr/bin/apt* /usr/bin/dpkg* /usr/sbin/useradd /usr/sbin/groupadd /usr/sbin/adduser /usr/sbin/addgroup \
 && mkdir -p /opt/app-root/app && chown -R 1001:0 /opt/app-root && fix-permissions /opt/app-root
ENV HOME=/opt/app-root DOTNET_APP_PATH=/opt/app-root/app APP_UID=1001 ASPNETCORE_URLS=http://*:8080
WORKDIR /opt/app-root/app
EXPOSE 8080
USER $APP_UID
CMD ["./default-cmd.sh"]
