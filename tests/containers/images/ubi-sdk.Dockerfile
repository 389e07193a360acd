# image: registry.access.redhat.com/ubi8/dotnet-80:8.0
# Built on the runtime, with a working directory of its own; still UID 1001, which cannot write elsewhere.
FROM registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
WORKDIR /opt/app-root/src
ENV HOME=/opt/app-root
