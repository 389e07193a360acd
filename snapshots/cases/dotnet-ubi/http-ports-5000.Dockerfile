# expect: changed
# trap: Red Hat's image sets ASPNETCORE_URLS, which overrides ASPNETCORE_HTTP_PORTS: the application would
#   move to 8080 unasked.
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
ENV ASPNETCORE_URLS=http://+:5000
ENV ASPNETCORE_HTTP_PORTS=5000
EXPOSE 5000
ENTRYPOINT ["dotnet", "Shop.dll"]
