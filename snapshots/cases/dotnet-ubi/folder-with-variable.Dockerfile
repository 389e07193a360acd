# expect: changed
# trap: The folder is named by a variable.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
WORKDIR /
ENV HOME_OF_SHOP=/srv/shop
WORKDIR ${HOME_OF_SHOP}
COPY --from=build /out .
USER 0
RUN fix-permissions /srv/shop
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
