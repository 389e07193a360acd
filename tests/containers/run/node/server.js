const http = require("http");

const port = Number(process.env.PORT || 3000);
http.createServer((request, response) => response.end("hello")).listen(port, () => console.log("on", port));
