# expect: changed
# trap: UBI 9's image has neither fix-permissions nor a WORKDIR.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi9/dotnet-100-aspnet:10.0
WORKDIR /app
COPY --from=build /out .
USER 0
RUN chgrp -R 0 /app && chmod -R g=u /app
USER 1001
EXPOSE 8080
ENTRYPOINT ["dotnet", "Shop.dll"]
