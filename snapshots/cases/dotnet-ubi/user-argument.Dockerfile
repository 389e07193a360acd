# expect: either
# trap: A USER that the build sets: its value is not known, so it may be root.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
ARG UID=0
WORKDIR /app
COPY --from=build /out .
USER ${UID}
RUN fix-permissions /app
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
