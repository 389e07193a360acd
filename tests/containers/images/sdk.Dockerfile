# image: mcr.microsoft.com/dotnet/sdk:6.0
# image: mcr.microsoft.com/dotnet/sdk:8.0
# image: mcr.microsoft.com/dotnet/sdk:10.0
FROM docker.io/library/python:3.11
COPY --chmod=755 dotnet /usr/bin/dotnet
ENV DOTNET_RUNNING_IN_CONTAINER=true
CMD ["bash"]
