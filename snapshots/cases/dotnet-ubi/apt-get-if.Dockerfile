# expect: either
# trap: A condition that is never true on UBI.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
WORKDIR /
USER 0
RUN if [ -f /etc/debian_version ]; then microdnf install -y --setopt=install_weak_deps=0 --nodocs jq && microdnf clean all; fi
WORKDIR /app
COPY --from=build /out .
RUN fix-permissions /app
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
