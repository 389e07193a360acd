# expect: changed
# trap: A heredoc installs packages.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
USER 0
RUN <<EOF
set -e
microdnf install -y --setopt=install_weak_deps=0 --nodocs procps-ng && microdnf clean all
EOF
WORKDIR /app
COPY --from=build /out .
RUN fix-permissions /app
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
