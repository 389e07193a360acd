# expect: changed
# trap: Files come in several steps, the last one after the port.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
WORKDIR /app
COPY --from=build /out .
EXPOSE 8080
COPY appsettings.Production.json /app/
ADD assets.tar.gz /app/wwwroot/
USER 0
RUN fix-permissions /app
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
