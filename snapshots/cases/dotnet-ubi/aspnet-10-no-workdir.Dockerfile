# expect: either
# trap: Without a WORKDIR, both images put the files into `/`: giving all of `/` to group 0 would break the
#   system.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi9/dotnet-100-aspnet:10.0
COPY --from=build /out .
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
