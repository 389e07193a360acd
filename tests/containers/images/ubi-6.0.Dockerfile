# image: registry.access.redhat.com/ubi8/dotnet-60-runtime:6.0-22
# image: registry.access.redhat.com/ubi8/dotnet-60-runtime:6.0
# Root's tools of Debian go, since UBI has none of them.
FROM docker.io/library/python:3.11
COPY --chmod=755 dotnet fix-permissions /usr/bin/
COPY --chmod=755 microdnf /usr/bin/yum
COPY --chmod=755 container-entrypoint /usr/bin/container-entrypoint
RUN ln -sf bash /bin/sh && rm -f /usr/bin/apt* /usr/bin/dpkg* /usr/sbin/adduser /usr/sbin/addgroup \
 && useradd --uid 1001 --gid 0 --home-dir /opt/app-root --no-create-home --shell /sbin/nologin default \
 && mkdir -p /opt/app-root/app && chown -R 1001:0 /opt/app-root && fix-permissions /opt/app-root
ENV HOME=/opt/app-root DOTNET_APP_PATH=/opt/app-root/app ASPNETCORE_URLS=http://*:8080
WORKDIR /opt/app-root/app
EXPOSE 8080
USER 1001
ENTRYPOINT ["container-entrypoint"]
CMD ["./default-cmd.sh"]
