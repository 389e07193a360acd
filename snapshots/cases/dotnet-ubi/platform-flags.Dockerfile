# expect: changed
# trap: --platform stays where it is, on both stages.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM --platform=$TARGETPLATFORM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0 AS final
WORKDIR /app
COPY --from=build /out .
USER 0
RUN fix-permissions /app
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
