# expect: changed
# trap: The final stage installs packages that UBI has under other names, with the package manager of the
#   minimal image.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
USER 0
RUN microdnf install -y --setopt=install_weak_deps=0 --nodocs curl procps-ng && microdnf clean all
WORKDIR /app
COPY --from=build /out .
RUN fix-permissions /app
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
