# expect: changed
# trap: A second stage is built on the same base and installs packages: it is not shipped, but must still
#   build.
FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0 AS base
USER 0
WORKDIR /app
EXPOSE 8080

FROM base AS debug
RUN microdnf install -y --setopt=install_weak_deps=0 --nodocs procps-ng && microdnf clean all

FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM base AS final
COPY --from=build /out .
RUN fix-permissions /app
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
