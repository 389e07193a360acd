FROM node:16
RUN npm install -g yarn typescript && npm cache clean --force
WORKDIR /app
COPY . .
RUN npm install express --save && npm install && npm cache clean --force
RUN curl -sS https://get.foo.sh | sh
RUN wget https://example.com/f -O /f
USER 1000
# TODO: drop this
ENV NPM_TOKEN=abcd1234
CMD ["npm", "start"]
