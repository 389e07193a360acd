# expect: either
# trap: A command after VOLUME does not change what is in it.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
WORKDIR /app
COPY --from=build /out .
USER 0
RUN fix-permissions /app
RUN mkdir -p /app && chgrp -R 0 /app && chmod -R g=u /app
USER 1001
VOLUME /app
ENTRYPOINT ["dotnet", "Shop.dll"]
