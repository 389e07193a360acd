# expect: changed
# trap: The old ENTRYPOINT has to go, or CMD becomes its arguments.
FROM mcr.microsoft.com/dotnet/sdk:6.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-60-runtime:6.0-22
WORKDIR /app
COPY --from=build /out .
USER 0
RUN chown -R 1001:0 /app && fix-permissions /app
# No root should run
USER 1001

ENV ASPNETCORE_URLS=http://+:8080
EXPOSE 8080

CMD dotnet ${APPLICATION_DLL}
