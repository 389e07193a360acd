# expect: either
# trap: Kestrel's own settings win over ASPNETCORE_URLS, and say port 80.
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
ENV Kestrel__Endpoints__Http__Url=http://0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["dotnet", "Shop.dll"]
