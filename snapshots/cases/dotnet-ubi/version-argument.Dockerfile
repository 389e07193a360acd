# expect: either
# trap: The version is a variable that the build stage uses too: its default must not change, nor the build
#   stage.
ARG VERSION=8.0

FROM mcr.microsoft.com/dotnet/sdk:${VERSION} AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:${VERSION}
WORKDIR /app
COPY --from=build /out .
USER 0
RUN fix-permissions /app
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
