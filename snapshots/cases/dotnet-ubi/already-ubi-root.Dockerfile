# expect: changed
# trap: A half-done migration: the image is right, the user is not.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
USER 0
WORKDIR /app
COPY --from=build /out .
RUN fix-permissions /app
USER 1001
EXPOSE 8080
ENTRYPOINT ["dotnet", "Shop.dll"]
