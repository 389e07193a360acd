# expect: changed
# trap: Two ports in one variable, and the image's ASPNETCORE_URLS overrides both.
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
ENV ASPNETCORE_URLS=http://+:8080;http://+:8081
ENV ASPNETCORE_HTTP_PORTS=8080;8081
EXPOSE 8080 8081
ENTRYPOINT ["dotnet", "Shop.dll"]
