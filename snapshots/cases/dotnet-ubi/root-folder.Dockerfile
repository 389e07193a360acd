# expect: either
# trap: The files lie in `/` itself: they cannot be given away without the system's own.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
WORKDIR /
COPY --from=build /out .
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
