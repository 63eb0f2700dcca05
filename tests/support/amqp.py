#!/usr/bin/python3
"""An AMQP client that is not mscomm (pika), to check mscomm against.

    amqp.py [-u URL] VERB ...          URL from $MSCOMM_TEST_AMQP_URL when not given
    amqp.py --serve                    does the same for who connects to the port that it prints: a
                                       start of Python for each call is what tests would wait for

    declare QUEUE [--durable] [--auto-delete] [--arg K=JSON]...
    exchange NAME TYPE [--durable] [--arg K=JSON]...
    bind QUEUE EXCHANGE [KEY] [--arg K=JSON]...     delete QUEUE        delete-exchange NAME
    exchange-exists NAME                            exit 1 when there is none
    publish [-e EXCHANGE] KEY [BODY] [-p JSON]      a body that is not given is read from stdin
    send QUEUE FILE...                              each file is a message
    fill QUEUE COUNT [--size BYTES]                 bodies 1, 2, ... COUNT, padded with blanks
    get QUEUE [--raw] [--types] [--requeue]         one message as JSON, exit 8 when there is none
    drain QUEUE [--raw] [--types]                   all messages, one a line
    count QUEUE    consumers QUEUE    purge QUEUE    exists QUEUE    (exit 1 when there is none)
    version                                         the broker's

Properties are one JSON object, with "headers". {"$wire":"s","value":7} stands for a value of the
AMQP type with that letter; --types prints every header value in this way, as it was on the wire.
"""
import argparse
import base64
import contextlib
import io
import json
import os
import socketserver
import struct
import sys
import traceback

import pika
import pika.data

NUMBERS = {"b": ">b", "B": ">B", "s": ">h", "u": ">H", "I": ">i", "i": ">I", "l": ">q",
           "f": ">f", "d": ">d", "T": ">Q", "L": ">q"}


stdin = 0  # what open() takes


class Wire:
    """A value with the type letter it has on the wire."""

    shown = False

    def __init__(self, kind, value):
        self.kind, self.value = kind, value


encode_plain, decode_plain = pika.data.encode_value, pika.data.decode_value


def encode_value(pieces, value):
    if not isinstance(value, Wire):
        return encode_plain(pieces, value)
    kind = value.kind.encode()
    if value.kind in NUMBERS:
        encoded = struct.pack(NUMBERS[value.kind], value.value)
    elif value.kind == "D":
        encoded = struct.pack(">Bi", value.value["scale"], value.value["value"])
    elif value.kind in "Sx":
        raw = base64.b64decode(value.value)
        encoded = struct.pack(">I", len(raw)) + raw
    else:
        raise ValueError(f"no AMQP type {value.kind}")
    pieces.append(kind + encoded)
    return 1 + len(encoded)


def decode_value(encoded, offset):
    kind = encoded[offset:offset + 1].decode()
    if kind in NUMBERS:  # pika knows neither all of them nor the sign of each
        size = struct.calcsize(NUMBERS[kind])
        value = struct.unpack_from(NUMBERS[kind], encoded, offset + 1)[0]
        return Wire(kind, value), offset + 1 + size
    if kind == "D":
        scale, value = struct.unpack_from(">Bi", encoded, offset + 1)
        return Wire(kind, {"scale": scale, "value": value}), offset + 6
    value, offset = decode_plain(encoded, offset)
    return Wire(kind, value), offset


def from_json(value):
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if isinstance(value, dict):
        if "$wire" in value:
            return Wire(value["$wire"], value["value"])
        return {key: from_json(item) for key, item in value.items()}
    return Wire("d", value) if isinstance(value, float) else value  # pika has no doubles


def to_json(value):
    if isinstance(value, Wire):
        plain = to_json(value.value)
        return {"$wire": value.kind, "value": plain} if Wire.shown else plain
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, bytes):
        return {"$base64": base64.b64encode(value).decode()}
    return value


def arguments(pairs):
    parsed = {}
    for pair in pairs:
        key, _, text = pair.partition("=")
        try:
            parsed[key] = from_json(json.loads(text))
        except json.JSONDecodeError:
            parsed[key] = text
    return parsed


def record(method, properties, body):
    known = {key: to_json(value) for key, value in vars(properties).items() if value is not None}
    out = {"exchange": method.exchange, "routing_key": method.routing_key,
           "redelivered": method.redelivered, "properties": known}
    try:
        out["body"] = body.decode()
    except UnicodeDecodeError:
        out["body_base64"] = base64.b64encode(body).decode()
    return out


def take(channel, options):
    method, properties, body = channel.basic_get(options.queue)
    if method is None:
        return False
    if options.raw:
        sys.stdout.buffer.write(body + (b"\n" if options.verb == "drain" else b""))
    else:
        print(json.dumps(record(method, properties, body), sort_keys=True))
    sys.stdout.flush()
    if getattr(options, "requeue", False):
        channel.basic_nack(method.delivery_tag, requeue=True)
    else:
        channel.basic_ack(method.delivery_tag)
    return True


def publish(channel, options):
    body = os.fsencode(options.body) if options.body is not None else open(stdin, "rb").read()
    properties = pika.BasicProperties(**from_json(json.loads(options.properties)))
    channel.confirm_delivery()
    channel.basic_publish(options.exchange, options.key, body, properties, mandatory=True)


def send(channel, options):
    channel.tx_select()
    for name in options.file:
        with open(name, "rb") as file:
            channel.basic_publish("", options.queue, file.read())
    channel.tx_commit()


def fill(channel, options):
    # The end of a transaction says that all messages are in the queue, without waiting for each.
    channel.tx_select()
    for number in range(1, options.number + 1):
        channel.basic_publish("", options.queue, str(number).ljust(options.size).encode())
    channel.tx_commit()


def broker_version(connection):
    version = connection._impl.server_properties["version"]  # pika has no other way to it
    return version.decode() if isinstance(version, bytes) else version


def run(channel, options):
    verb = options.verb
    if verb == "declare":
        channel.queue_declare(options.queue, durable=options.durable,
                              auto_delete=options.auto_delete,
                              arguments=arguments(options.arg))
    elif verb == "exchange":
        channel.exchange_declare(options.name, options.type, durable=options.durable,
                                 arguments=arguments(options.arg))
    elif verb == "bind":
        channel.queue_bind(options.queue, options.exchange, options.key,
                           arguments=arguments(options.arg))
    elif verb == "publish":
        publish(channel, options)
    elif verb == "fill":
        fill(channel, options)
    elif verb == "send":
        send(channel, options)
    elif verb == "get":
        return 0 if take(channel, options) else 8
    elif verb == "drain":
        while take(channel, options):
            pass
    elif verb == "delete":
        channel.queue_delete(options.queue)
    elif verb == "delete-exchange":
        channel.exchange_delete(options.name)
    elif verb == "exchange-exists":
        try:
            channel.exchange_declare(options.name, passive=True)
        except pika.exceptions.ChannelClosedByBroker:
            return 1
    elif verb == "purge":
        channel.queue_purge(options.queue)
    elif verb == "version":
        print(broker_version(channel.connection))
    else:
        try:
            state = channel.queue_declare(options.queue, passive=True).method
        except pika.exceptions.ChannelClosedByBroker:
            return 1
        if verb == "count":
            print(state.message_count)
        elif verb == "consumers":
            print(state.consumer_count)
    return 0


def parse(words):
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("-u", "--url", default=os.environ.get("MSCOMM_TEST_AMQP_URL"))
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name in ("declare", "get", "drain", "count", "consumers", "purge", "exists", "delete"):
        verbs.add_parser(name).add_argument("queue")
    verbs.add_parser("version")
    exchange = verbs.add_parser("exchange")
    exchange.add_argument("name")
    exchange.add_argument("type")
    for name in ("delete-exchange", "exchange-exists"):
        verbs.add_parser(name).add_argument("name")
    bind = verbs.add_parser("bind")
    bind.add_argument("queue")
    bind.add_argument("exchange")
    bind.add_argument("key", nargs="?", default="")
    send = verbs.add_parser("publish")
    send.add_argument("-e", "--exchange", default="")
    send.add_argument("-p", "--properties", default="{}")
    send.add_argument("key")
    send.add_argument("body", nargs="?")
    files = verbs.add_parser("send")
    files.add_argument("queue")
    files.add_argument("file", nargs="+")
    filled = verbs.add_parser("fill")
    filled.add_argument("queue")
    filled.add_argument("number", type=int)
    filled.add_argument("--size", type=int, default=0)
    for name in ("declare", "exchange"):
        verbs.choices[name].add_argument("--durable", action="store_true")
    verbs.choices["declare"].add_argument("--auto-delete", action="store_true")
    for name in ("declare", "exchange", "bind"):
        verbs.choices[name].add_argument("--arg", action="append", default=[])
    for name in ("get", "drain"):
        verbs.choices[name].add_argument("--raw", action="store_true")
        verbs.choices[name].add_argument("--types", action="store_true")
    verbs.choices["get"].add_argument("--requeue", action="store_true")
    return parser.parse_args(words)


class Connections:
    """One for each URL, since a broker takes longer to open one than for most of what is asked."""

    def __init__(self):
        self.open = {}
        self.plain = {}

    def channel(self, url):
        return self.connection(url).channel()

    def plain_channel(self, url):
        """One for all that changes nothing about its channel."""
        connection = self.connection(url)
        if url not in self.plain or not self.plain[url].is_open:
            self.plain[url] = connection.channel()
        return self.plain[url]

    def connection(self, url):
        try:
            if url in self.open and self.open[url].is_open:
                self.open[url].process_data_events(0)  # finds out what has happened meanwhile
        except pika.exceptions.AMQPError:
            pass
        if url in self.open and self.open[url].is_open:
            return self.open[url]
        self.plain.pop(url, None)
        # pika itself looks into the tables of the handshake.
        pika.data.encode_value, pika.data.decode_value = encode_plain, decode_plain
        parameters = pika.URLParameters(url)
        parameters.heartbeat = 0  # nobody sends any between two calls
        parameters.blocked_connection_timeout = 30
        try:
            self.open[url] = pika.BlockingConnection(parameters)
        finally:
            pika.data.encode_value, pika.data.decode_value = encode_value, decode_value
        return self.open[url]


def main(words, connections=Connections()):
    options = parse(words)
    if not options.url:
        sys.exit("amqp.py: no URL")
    plain = options.verb not in ("publish", "fill", "send", "get", "drain")
    channel = connections.plain_channel(options.url) if plain else connections.channel(options.url)
    Wire.shown = getattr(options, "types", False)
    try:
        return run(channel, options)
    except (pika.exceptions.UnroutableError, pika.exceptions.NackError,
            pika.exceptions.ChannelClosedByBroker) as error:
        print(f"amqp.py: {error!r}", file=sys.stderr)
        return 1
    finally:
        if not plain and channel.is_open:
            channel.close()


class Request(socketserver.StreamRequestHandler):
    """Process id (for its stdin and stderr), folder, count of words and the words, each with a NUL, are
    answered by the exit status, the kind and the size of what was printed in a line, and that."""

    def words(self):
        word = b""
        while byte := self.rfile.read(1):
            if byte == b"\0":
                yield os.fsdecode(word)
                word = b""
            else:
                word += byte

    def handle(self):
        words = self.words()
        global stdin
        caller = f"/proc/{next(words)}/fd"
        stdin = f"{caller}/0"
        os.chdir(next(words))
        count = int(next(words))
        printed = io.BytesIO()
        with (contextlib.redirect_stdout(io.TextIOWrapper(printed, write_through=True)),
              open(f"{caller}/2", "a", encoding="utf-8") as stderr, contextlib.redirect_stderr(stderr)):
            try:
                status = main([next(words) for _ in range(count)])
            except SystemExit as end:
                status = 0 if end.code is None else end.code if isinstance(end.code, int) else 1
            except Exception:
                traceback.print_exc()
                status = 1
            output = printed.getvalue()
            # What has no NUL bash reads by itself, and by characters.
            kind, size = "bytes", len(output)
            with contextlib.suppress(UnicodeDecodeError):
                if b"\0" not in output:
                    kind, size = "text", len(output.decode())
            self.wfile.write(f"{status} {kind} {size}\n".encode() + output)


class Server(socketserver.TCPServer):
    """Ends with the process that started it."""

    parent = os.getppid()

    def service_actions(self):
        if os.getppid() != self.parent:
            os._exit(0)


if __name__ == "__main__":
    if sys.argv[1:] == ["--serve"]:
        with Server(("127.0.0.1", 0), Request) as server:
            print(server.server_address[1], flush=True)
            server.serve_forever()
    sys.exit(main(sys.argv[1:]))
