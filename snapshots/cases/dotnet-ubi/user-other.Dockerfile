# expect: either
# trap: A numeric user of the file's own, that is not root already. Either stays non-root.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
WORKDIR /app
COPY --from=build /out .
USER 10001:10001
USER 0
RUN fix-permissions /app
USER 10001
ENTRYPOINT ["dotnet", "Shop.dll"]
