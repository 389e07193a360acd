# expect: either
# trap: A volume inside the folder of the application: root made its folder, and after VOLUME it is too late
#   to give it away.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
USER 0
WORKDIR /app
RUN mkdir /app/data
RUN mkdir -p /app/data && chgrp -R 0 /app/data && chmod -R g=u /app/data
VOLUME ["/app/data"]
COPY --from=build /out .
RUN fix-permissions /app
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
