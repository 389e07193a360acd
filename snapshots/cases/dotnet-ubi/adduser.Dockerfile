# expect: changed
# trap: Kubernetes only starts what names its user by number, and the file leaves the number to the system.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
USER 0
RUN useradd --uid 1002 -d /app shop && chown -R shop /app
WORKDIR /app
COPY --from=build /out .
RUN fix-permissions /app
USER 1002
ENTRYPOINT ["dotnet", "Shop.dll"]
