# expect: changed
# trap: Packages have other names; both stages move.
FROM registry.access.redhat.com/ubi9/ubi:latest AS build
RUN dnf install -y --setopt=install_weak_deps=False --nodocs gcc make glibc-devel && dnf clean all
COPY . /src
RUN make -C /src
FROM registry.access.redhat.com/ubi9/ubi:latest
RUN dnf install -y --setopt=install_weak_deps=False --nodocs wget && dnf clean all
COPY --from=build /src/app /app
USER 1001
CMD ["/app"]
