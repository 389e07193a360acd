# expect: changed
# trap: The image for 6.0 is not a minimal one.
FROM mcr.microsoft.com/dotnet/sdk:6.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-60-runtime:6.0-22
USER 0
RUN yum install -y --setopt=install_weak_deps=False --nodocs procps-ng && yum clean all
WORKDIR /app
COPY --from=build /out .
RUN fix-permissions /app
USER 1001
ENV ASPNETCORE_URLS=http://+:8080
ENTRYPOINT ["dotnet", "Shop.dll"]
