# expect: changed
# trap: An image is named in FROM, COPY --from and a mount; a stage with the name of an image is none.
FROM registry.example.com/docker.io/library/node:20 AS nginx
FROM nginx AS build
RUN --mount=type=bind,from=registry.example.com/docker.io/library/busybox:1.36,target=/b true
FROM registry.example.com/mcr.microsoft.com/dotnet/aspnet:8.0
COPY --from=registry.example.com/quay.io/a/b:1 /a /a
COPY --from=build /b /b
