# expect: changed
# trap: The user that the file makes owns the files, not the one that the image brings.
FROM node:20-slim
RUN useradd -u 5000 shop
WORKDIR /srv
COPY --chown=shop . .
USER 5000
CMD ["node", "server.js"]
