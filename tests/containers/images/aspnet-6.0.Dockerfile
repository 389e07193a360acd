# image: mcr.microsoft.com/dotnet/aspnet:6.0
# Up to 7.0: root, port 80, no user of its own.
FROM docker.io/library/python:3.11
COPY --chmod=755 dotnet /usr/bin/dotnet
ENV ASPNETCORE_URLS=http://+:80 DOTNET_RUNNING_IN_CONTAINER=true
CMD ["bash"]
