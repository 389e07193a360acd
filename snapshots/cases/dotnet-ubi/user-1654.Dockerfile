# expect: either
# trap: The number of Microsoft's user, and files that belong to it: another user could not write them.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
WORKDIR /app
COPY --from=build --chown=1654:1654 /out .
USER 1654
ENTRYPOINT ["dotnet", "Shop.dll"]
