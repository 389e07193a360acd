# expect: changed
# trap: Commands that every image has are no reason to hold back; they still run as root.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
USER 0
RUN mkdir -p /app/uploads && chmod 755 /app/uploads && ln -s /app/uploads /uploads
WORKDIR /app
COPY --from=build /out .
RUN fix-permissions /app
RUN mkdir -p /app/uploads && chgrp -R 0 /app/uploads && chmod -R g=u /app/uploads
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
