# expect: changed
# trap: The adduser of busybox is another program than that of any distribution.
FROM mcr.microsoft.com/dotnet/sdk:8.0-alpine AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
USER 0
RUN groupadd -r shop && useradd -r -g shop shop
WORKDIR /app
COPY --from=build /out .
USER shop
USER 0
RUN fix-permissions /app
USER shop
ENTRYPOINT ["dotnet", "Shop.dll"]
