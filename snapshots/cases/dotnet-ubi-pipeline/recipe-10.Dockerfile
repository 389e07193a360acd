# expect: changed
# trap: UBI 9's image has no fix-permissions.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi9/dotnet-100-aspnet:10.0
EXPOSE 8080
WORKDIR /app
COPY --from=build /out .
USER 0
RUN chown -R 1001:0 /app && chmod -R g=u /app
# No root should run
USER 1001

ENV ASPNETCORE_URLS=http://+:8080

CMD dotnet ${APPLICATION_DLL}
