# expect: changed
# trap: COPY in its JSON form keeps the spaces of its names.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
WORKDIR /app
COPY --from=build ["/out/my shop", "/app/my shop"]
USER 0
RUN fix-permissions /app
USER 1001
ENTRYPOINT ["dotnet", "/app/my shop/Shop.dll"]
