# expect: changed
# trap: A script as the entry point stays, arguments included.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
USER 0
WORKDIR /app
COPY --from=build /out .
COPY docker-entrypoint.sh /app/
RUN chmod +x /app/docker-entrypoint.sh
RUN fix-permissions /app
USER 1001
ENTRYPOINT ["/app/docker-entrypoint.sh"]
CMD ["dotnet", "Shop.dll"]
