# expect: changed
# trap: Red Hat's image has no yarn.
FROM registry.access.redhat.com/ubi9/nodejs-22:latest
USER 0
RUN npm install -g yarn@1.22.22 && npm cache clean --force
WORKDIR /app
COPY . .
RUN yarn install --frozen-lockfile
USER 1001
CMD ["yarn", "start"]
