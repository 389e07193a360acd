# image: mcr.microsoft.com/dotnet/aspnet:8.0
# image: mcr.microsoft.com/dotnet/aspnet:9.0
# From 8.0: port 8080 and a user `app`, but still root.
FROM docker.io/library/python:3.11
COPY --chmod=755 dotnet /usr/bin/dotnet
ENV APP_UID=1654 ASPNETCORE_HTTP_PORTS=8080 DOTNET_RUNNING_IN_CONTAINER=true
RUN groupadd --gid=$APP_UID app && useradd --no-log-init --uid=$APP_UID --gid=$APP_UID --create-home app
CMD ["bash"]
