"""What it takes to hold a response against a JSON Schema or an OpenAPI specification."""
import json

from contenders import Contender
from http_rows import output_of
from machine import WORK, Failure
from row import Row, Sample, Target

DOCUMENT_BYTES = 1000 * 1000
SPECIFICATION_BYTES = 10 * 1000 * 1000

ORDER = {
    "type": "object", "additionalProperties": False,
    "required": ["id", "customer", "state", "placed_at", "items", "total"],
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "customer": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$"},
        "email": {"type": "string", "format": "email"},
        "state": {"enum": ["placed", "paid", "shipped"]},
        "placed_at": {"type": "string", "format": "date-time"},
        "items": {"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["sku", "count"], "properties": {
                "sku": {"type": "string", "maxLength": 20},
                "count": {"type": "integer", "minimum": 1}}}},
        "total": {"type": "number", "minimum": 0},
    },
}


def order(number):
    return {"id": number, "customer": f"AB-{number}", "email": f"buyer-{number}@example.com",
            "state": ("placed", "paid", "shipped")[number % 3],
            "placed_at": "2026-11-26T12:00:00Z",
            "items": [{"sku": f"A-{number}", "count": 2}, {"sku": "B-1", "count": 1}],
            "total": 19.9}


def orders():
    one = len(json.dumps(order(10000)))
    return [order(number) for number in range(1, DOCUMENT_BYTES // one + 1)]


def operation(number):
    """Of a resource of its own, so that nothing is said twice."""
    schema = {"$ref": f"#/components/schemas/Order{number}"}
    return {
        "parameters": [{"name": "id", "in": "path", "required": True,
                        "schema": {"type": "integer", "minimum": 1}}],
        "get": {"operationId": f"getOrder{number}", "responses": {
            "200": {"description": f"an order of shop {number}",
                    "content": {"application/json": {"schema": schema}}},
            "404": {"description": "there is no such order"}}},
    }


def specification():
    """Paths with a schema each, until there is enough of them."""
    one = len(json.dumps(operation(10000))) + len(json.dumps(ORDER)) + 40
    count = SPECIFICATION_BYTES // one + 1
    return {"openapi": "3.1.0", "info": {"title": "shops", "version": "1"},
            "servers": [{"url": "/"}],
            "paths": {f"/shops-{n}/orders/{{id}}": operation(n) for n in range(count)},
            "components": {"schemas": {f"Order{n}": ORDER for n in range(count)}}}


class Contract(Row):
    """Subclasses serve one answer, and have what it must keep in a file."""

    unit = "ms"
    repeats = 10

    def ask(self, words, **values):
        timing, said = output_of([word.format(url=self.url, **values) for word in words])
        if said != self.answer:
            raise Failure("mscomm did not print what the server has sent")
        return timing

    def serve(self, name, answer, contract):
        self.answer = json.dumps(answer).encode()
        self.web.serve(name, self.answer)
        self.url = self.web.url(name)
        self.file = WORK / f"{self.name}.json"
        self.file.write_text(json.dumps(contract))


class Schema(Contract):
    name = "schema"
    title = f"{DOCUMENT_BYTES // 10**6} MB of JSON held against a JSON Schema, above get alone"
    targets = (Target("≤ 50 ms", 50),)

    def contenders(self):
        return [Contender("mscomm", [self.context.mscomm, "get", "--schema", "{file}", "{url}"],
                          ours=True)]

    def prepare(self):
        self.serve("orders.json", orders(), {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "array", "items": {"$ref": "#/$defs/order"}, "$defs": {"order": ORDER}})

    def measure(self, contender):
        alone = self.ask([self.context.mscomm, "get", "{url}"])
        judged = self.ask(contender.command, file=self.file)
        return Sample(1e3 * (judged.seconds - alone.seconds),
                      1e6 * (judged.cpu_seconds - alone.cpu_seconds), judged.seconds)


class OpenApi(Contract):
    name = "openapi"
    title = f"one response held against {SPECIFICATION_BYTES // 10**6} MB of OpenAPI 3.1 in JSON"
    repeats = 5
    targets = (Target("≤ 1 s", 1000),)

    def contenders(self):
        return [Contender("mscomm", [self.context.mscomm, "get", "--openapi", "{file}", "{url}"],
                          ours=True, needs="--openapi")]

    def prepare(self):
        self.serve("shops-17/orders/4711", order(4711), specification())

    def measure(self, contender):
        timing = self.ask(contender.command, file=self.file)
        return Sample(1e3 * timing.seconds, 1e6 * timing.cpu_seconds, timing.seconds)
