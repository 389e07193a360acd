# expect: either
# trap: Without a WORKDIR the files go to / before, and to /opt/app-root/app on UBI: that has to be said.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
COPY --from=build /out .
USER 0
RUN fix-permissions /opt/app-root
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
