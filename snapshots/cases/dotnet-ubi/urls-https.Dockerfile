# expect: changed
# trap: Two URLs in one value; `443` and `80` are moved each to its own port.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
WORKDIR /app
COPY --from=build /out .
USER 0
RUN fix-permissions /app
USER 1001
ENV ASPNETCORE_URLS="https://+:8443;http://+:8080"
EXPOSE 8080 8443
ENTRYPOINT ["dotnet", "Shop.dll"]
