# expect: changed
# trap: Red Hat's SDK runs as 1001, which may not write to /src: the build has to be root.
FROM registry.access.redhat.com/ubi8/dotnet-80:8.0 AS build
USER 0
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
WORKDIR /app
COPY --from=build /out .
USER 0
RUN fix-permissions /app
USER 1001
EXPOSE 8080
ENTRYPOINT ["dotnet", "Shop.dll"]
