# expect: changed
# trap: `--target` ships a stage that is not the last: only that one changes.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0 AS prod
WORKDIR /app
COPY --from=build /out .
USER 0
RUN fix-permissions /app
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]

FROM mcr.microsoft.com/dotnet/aspnet:8.0 AS demo
WORKDIR /app
COPY --from=build /out .
ENTRYPOINT ["dotnet", "Demo.dll"]
