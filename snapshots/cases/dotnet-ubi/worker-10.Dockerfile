# expect: changed
# trap: The runtime without ASP.NET Core has an image of its own on UBI 9; it has no fix-permissions.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi9/dotnet-100-runtime:10.0
WORKDIR /app
COPY --from=build /out .
USER 0
RUN chgrp -R 0 /app && chmod -R g=u /app
USER 1001
ENTRYPOINT ["dotnet", "Worker.dll"]
