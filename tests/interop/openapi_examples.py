#!/usr/bin/env python3
"""Serves the examples of an OpenAPI description, and has mscomm judge them by it.

  openapi_examples.py MSCOMM FILE [--most N] [--known TEXT]...

Prints each example that does not hold, with its violations, and at last how many hold. The exit
status is 1 if one does not whose violations do not all have one of the TEXTs in them.
"""

import argparse
import http.server
import json
import subprocess
import sys
import threading
import urllib.parse

METHODS = ("get", "put", "post", "delete", "patch")


def load(path):
    with open(path, encoding="utf-8-sig") as file:
        if path.endswith(".json"):
            return json.load(file)
        import yaml

        return yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


class Description:
    def __init__(self, path):
        self.root = load(path)
        server = (self.root.get("servers") or [{"url": ""}])[0]
        url = server["url"]
        for name, variable in server.get("variables", {}).items():
            url = url.replace("{" + name + "}", str(variable["default"]))
        self.base = urllib.parse.urlsplit(url).path.rstrip("/")

    def target(self, node):
        while isinstance(node, dict) and "$ref" in node:
            steps = urllib.parse.unquote(node["$ref"]).split("/")[1:]
            node = self.root
            for step in steps:
                node = node[step.replace("~1", "/").replace("~0", "~")]
        return node or {}

    def examples(self, media):
        if "example" in media:
            return [media["example"]]
        named = [self.target(each) for each in media.get("examples", {}).values()]
        schema = self.target(media.get("schema"))
        own = [schema["example"]] if "example" in schema else []
        return [each["value"] for each in named if "value" in each] or own

    def value(self, parameter):
        schema = self.target(parameter.get("schema"))
        for owner in (parameter, schema):
            named = [self.target(each) for each in (owner.get("examples") or {}).values()] if isinstance(
                owner.get("examples"), dict) else []
            for example in [owner.get("example"), *[each.get("value") for each in named]]:
                if example is not None:
                    return example
        if schema.get("type") == "array":
            return self.value({"schema": schema.get("items", {})})
        for keyword in ("default", "minimum"):
            if keyword in schema:
                return schema[keyword]
        known = {"integer": 1, "number": 1, "boolean": True}
        formats = {"uuid": "7f0d5c9e-1b1a-4c56-9d0e-3f3b9a3d2c11", "date-time": "2024-01-31T12:00:00Z",
                   "date": "2024-01-31"}
        return (schema.get("enum") or [formats.get(schema.get("format"),
                                                   known.get(schema.get("type"), "text"))])[0]

    def request(self, path, item, operation):
        """(URL path, arguments), or None when there is no example of a body that is wanted."""
        parameters = {}
        for each in [*item.get("parameters", []), *operation.get("parameters", [])]:
            each = self.target(each)
            parameters[each["in"], each["name"]] = each
        query, arguments = [], []
        for (place, name), parameter in parameters.items():
            if not parameter.get("required"):
                continue
            value = self.value(parameter)
            text = json.dumps(value) if isinstance(value, bool) else str(value)
            if place == "path":
                path = path.replace("{" + name + "}", urllib.parse.quote(text, safe=""))
            elif place == "query":
                query.append((name, text))
            elif place == "header":
                arguments += ["-H", f"{name}: {text}"]
            else:
                arguments += ["-H", f"Cookie: {name}={text}"]
        body = self.target(operation.get("requestBody"))
        if body.get("required"):
            media = body["content"].get("application/json")
            found = self.examples(media) if media else []
            if not found:
                return None
            arguments += ["--json", json.dumps(found[0])]
        return self.base + path + ("?" + urllib.parse.urlencode(query) if query else ""), arguments

    def cases(self):
        """(title, method, URL path, arguments, status, content type, body)"""
        for path, item in self.root.get("paths", {}).items():
            item = self.target(item)
            for method in METHODS:
                operation = item.get(method)
                request = operation and self.request(path, item, operation)
                if not request:
                    continue
                for status, response in operation.get("responses", {}).items():
                    code = 500 if status == "default" else int(str(status).upper().replace("X", "0"))
                    for kind, media in (self.target(response).get("content") or {}).items():
                        if "json" not in kind:
                            continue
                        for example in self.examples(media):
                            yield (f"{method.upper()} {path} {status}", method, *request, code,
                                   kind, json.dumps(example, default=str))


class Service(http.server.BaseHTTPRequestHandler):
    answer = (200, "", "")
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, kind, body = Service.answer
        body = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_POST = do_DELETE = do_PATCH = do_GET

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mscomm")
    parser.add_argument("file")
    parser.add_argument("--most", type=int, default=10**9)
    parser.add_argument("--known", action="append", default=[])
    options = parser.parse_args()
    server = http.server.HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    held = total = unknown = 0
    cases = list(Description(options.file).cases())
    step = max(1, -(-len(cases) // options.most))  # a sample from all of it
    for title, method, path, arguments, status, kind, body in cases[::step]:
        Service.answer = (status, kind, body)
        url = f"http://127.0.0.1:{server.server_port}{path}"
        done = subprocess.run(
            [options.mscomm, method, url, *arguments, "--openapi", options.file, "--expect", "100-599"],
            capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        total += 1
        held += done.returncode == 0
        if done.returncode != 0:
            lines = [line for line in done.stderr.splitlines() if line.startswith("--openapi")]
            is_known = done.returncode == 9 and lines and all(
                any(text in line for text in options.known) for line in lines)
            unknown += not is_known
            print(title, "known" if is_known else f"exit {done.returncode}", sep=": ")
            print("\n".join(f"  {line}" for line in lines) or done.stderr)
    print(f"{held} of {total} examples hold, {unknown} do not for reasons that are not known")
    sys.exit(1 if unknown else 0)


main()
