# expect: either
# trap: A second stage on the same base runs commands as root: a USER in the base would take that from it.
FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0 AS base
USER 0
WORKDIR /app

FROM base AS migrate
RUN mkdir /migrations && touch /migrations/done

FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM base AS final
COPY --from=build /out .
RUN fix-permissions /app
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
