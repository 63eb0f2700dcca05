"""A small JSON service for the demo.

    service.py orders|data [PORT]    listens on 127.0.0.1, on a free port unless told, and prints it

    GET  /health        {"status":"pass"}, or 503 {"status":"fail"} while it is switched to failing
    GET  /api/data      what it has
    POST /api/data      adds the JSON object of the request and answers 201 with it
    PUT  /switch        {"failing":true} makes everything but this answer 503, false ends that
"""

import http.server
import json
import socketserver
import sys

ITEMS = {
    "orders": [{"id": 1, "item": "tea", "paid": True}],
    "data": [{"id": 1, "name": "tea", "stock": 42}],
}


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps the gateway's connections
    disable_nagle_algorithm = True  # or a head waits 40 ms for its body
    name = ""
    items = []
    failing = False

    def do_GET(self):
        if Service.failing:
            self.answer(503, {"status": "fail", "service": self.name})
        elif self.path == "/health":
            self.answer(200, {"status": "pass", "service": self.name})
        elif self.path == "/api/data":
            self.answer(200, {"service": self.name, "items": self.items})
        else:
            self.answer(404, {"error": "no such path", "path": self.path})

    def do_POST(self):
        item = self.body()
        if Service.failing:
            self.answer(503, {"status": "fail", "service": self.name})
        elif self.path != "/api/data":
            self.answer(404, {"error": "no such path", "path": self.path})
        elif not isinstance(item, dict):
            self.answer(400, {"error": "not a JSON object"})
        else:
            item = {"id": len(self.items) + 1, **item}
            self.items.append(item)
            self.answer(201, item)

    def do_PUT(self):
        wish = self.body()
        if self.path != "/switch" or not isinstance(wish, dict):
            self.answer(404, {"error": "no such path", "path": self.path})
            return
        Service.failing = wish.get("failing") is True
        self.answer(200, {"failing": Service.failing})

    def body(self):
        try:
            return json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        except ValueError:
            return None

    def answer(self, status, value):
        body = json.dumps(value, separators=(",", ":")).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    # HTTPServer asks DNS for the name of its own address, which may take long and is not needed.
    server_bind = socketserver.TCPServer.server_bind

    @property
    def server_port(self):
        return self.server_address[1]


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in ITEMS:
        sys.exit(__doc__)
    Service.name = sys.argv[1]
    Service.items = ITEMS[Service.name]
    port = int(sys.argv[2]) if len(sys.argv) == 3 else 0
    server = Server(("127.0.0.1", port), Service)
    print(server.server_port, flush=True)
    server.serve_forever()


main()
