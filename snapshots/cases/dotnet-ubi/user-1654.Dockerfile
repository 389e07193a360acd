<<<<<<< HEAD
# expect: changed
# trap: The number of Microsoft's user, and files that belong to it: UID 1001 could not write them.
=======
# expect: either
# trap: The number of Microsoft's user, and files that belong to it: another user could not write them.
>>>>>>> 14c329277bb174e22804e41ecdbfe1981999e172
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Shop -c Release -o /out

FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
WORKDIR /app
<<<<<<< HEAD
COPY --from=build --chown=1001:0 /out .
USER 1001
USER 0
RUN fix-permissions /app
USER 1001
=======
COPY --from=build --chown=1654:1654 /out .
USER 1654
>>>>>>> 14c329277bb174e22804e41ecdbfe1981999e172
ENTRYPOINT ["dotnet", "Shop.dll"]
