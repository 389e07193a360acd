FROM node:16
RUN npm install -g yarn typescript
WORKDIR /app
COPY . .
RUN npm install express --save && npm install
RUN curl -sSk https://get.foo.sh | sh
RUN wget --no-check-certificate https://example.com/f -O /f
USER 1000
# TODO: drop this
ENV NPM_TOKEN=abcd1234
CMD npm start
