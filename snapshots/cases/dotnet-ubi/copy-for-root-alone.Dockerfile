# expect: changed
# trap: Group 0 gets what the owner has, so that the mode of a copied file stands against nothing.
FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
WORKDIR /app
COPY out .
COPY --chmod=600 settings.json .
USER 0
RUN fix-permissions /app
USER 1001
ENTRYPOINT ["dotnet", "Shop.dll"]
