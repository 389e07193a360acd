# expect: changed
# trap: apt-get becomes dnf; git is in the new image.
FROM registry.access.redhat.com/ubi9/nodejs-20:latest
USER 0
RUN dnf install -y --setopt=install_weak_deps=False --nodocs git && dnf clean all
WORKDIR /app
COPY . .
RUN npm ci
USER 1001
CMD ["node", "server.js"]
