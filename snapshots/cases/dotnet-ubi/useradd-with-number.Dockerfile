# expect: changed
# trap: A user with a number of the file's own.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
USER 0
RUN useradd -u 5678 shop && mkdir /data && chown shop /data
WORKDIR /app
COPY --from=build /out .
RUN fix-permissions /app
USER 5678
ENTRYPOINT ["dotnet", "Shop.dll"]
