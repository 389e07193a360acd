# syntax=docker/dockerfile:1
# expect: changed
# trap: What looks like instructions in a heredoc is text.
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
WORKDIR /
USER 0
RUN <<EOF
mkdir -p /app/logs
echo "FROM mcr.microsoft.com/dotnet/aspnet:8.0" > /notes
USER=bob
EOF
WORKDIR /app
COPY --from=build /out .
COPY <<CONFIG /app/shop.conf
EXPOSE 80
USER root
ENV ASPNETCORE_URLS=http://+:80
CONFIG
RUN fix-permissions /app
USER 1001
EXPOSE 8080
ENTRYPOINT ["dotnet", "Shop.dll"]
