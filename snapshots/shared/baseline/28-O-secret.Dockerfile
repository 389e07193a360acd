FROM node:20

ARG NPM_TOKEN

# [tally] curl configuration for improved robustness
ENV CURL_HOME=/etc/curl

COPY --chmod=0644 <<EOF ${CURL_HOME}/.curlrc
--retry-connrefused
--connect-timeout 15
--retry 5
--max-time 300
EOF

RUN --mount=type=cache,target=/root/.npm,id=npm <<EOF
set -e
echo "//npm.example.com/:_authToken=${NPM_TOKEN}" >.npmrc
npm ci
rm .npmrc
EOF
RUN curl --location -u user:pass https://example.com/x -o /x; exit 0
USER 1000

CMD node index.js && echo done
