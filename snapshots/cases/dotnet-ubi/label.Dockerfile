# expect: changed
# trap: Labels are no business of this profile.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
LABEL vendor "Example Company"
LABEL org.opencontainers.image.title="Shop" \
      port="80"
WORKDIR /app
COPY --from=build /out .
USER 0
RUN fix-permissions /app
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
