# expect: changed
# trap: The application does not lie in /app, and a configuration file goes to /etc.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
WORKDIR /srv/shop
COPY --from=build /out ./
COPY nlog.config /etc/shop/
USER 0
RUN fix-permissions /srv/shop
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
