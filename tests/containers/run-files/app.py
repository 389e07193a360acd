"""Answers requests; says on its way what it can do.

    app.py [--port PORT] [--writes FILE]
"""
import argparse
import http.server
import os
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
parser.add_argument("--writes", default=os.environ.get("WRITES"))
options = parser.parse_args()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, text = 200, "hello"
        if self.path == "/write":
            try:
                with open(options.writes, "a") as file:
                    file.write("x\n")
                text = "written"
            except OSError as error:
                status, text = 500, str(error)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())


print("as", os.getuid(), "on", options.port, file=sys.stderr)
http.server.ThreadingHTTPServer(("0.0.0.0", options.port), Handler).serve_forever()
