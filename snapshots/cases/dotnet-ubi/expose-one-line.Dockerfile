# expect: changed
# trap: Two ports in one EXPOSE.
FROM mcr.microsoft.com/dotnet/sdk:6.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-60-runtime:6.0-22
WORKDIR /app
COPY --from=build /out .
USER 0
RUN fix-permissions /app
USER 1001
ENV ASPNETCORE_URLS=http://+:8080
EXPOSE 8080 8443
ENTRYPOINT ["dotnet", "Shop.dll"]
