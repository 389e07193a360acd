# expect: changed
# trap: Debian's adduser has other options than useradd, and the user of the file must stay the one it runs as.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
USER 0
RUN useradd -d /app shop && chown -R shop /app
WORKDIR /app
COPY --from=build /out .
USER shop
USER 0
RUN fix-permissions /app
USER shop
ENTRYPOINT ["dotnet", "Shop.dll"]
