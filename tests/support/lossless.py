#!/usr/bin/python3
"""Random messages, made and compared without mscomm: their properties are encoded here, by hand.

    lossless.py send QUEUE SEED COUNT     publishes COUNT messages
    lossless.py check QUEUE SEED COUNT    QUEUE holds exactly these, byte for byte, in order; empties it
    lossless.py same A B                  two files of records differ only in what must differ

The broker is $MSCOMM_TEST_AMQP_URL. The same seed makes the same messages. RabbitMQ 4 keeps the headers
of a message in an order of its own, which is no difference then; earlier ones keep ours.
"""
import json
import math
import os
import random
import struct
import sys

import pika
import pika.spec

# Every field type that RabbitMQ knows, by its letter, and those of a fixed size.
FIXED = {b"t": 1, b"b": 1, b"B": 1, b"s": 2, b"u": 2, b"I": 4, b"i": 4, b"l": 8, b"f": 4, b"d": 8,
         b"T": 8, b"D": 5, b"V": 0}
EDGES = [b"\x00" * 8, b"\xff" * 8, b"\x7f" + b"\xff" * 7, b"\x80" + b"\x00" * 7,
         b"\x7f\xef" + b"\xff" * 6, b"\x7f\x7f" + b"\xff" * 6, b"\x00" * 7 + b"\x01",
         b"\x00\x00\x00\x00\x80\x00\x00\x00", b"\x00\x00\x00\x00\x7f\xff\xff\xff",
         b"\xff\xff\xff\xff\x80\x00\x00\x00", b"\xff\xff\xff\xff\x7f\xff\xff\xff"]
TEXTS = ["", " ", "a", "$amqp", "$base64", "é", "\U0001f600", "\x00", "\n", "\x1b[31m", '"\\', "\x7f",
         "\u2028", "\ufeff", "null", "1", "1.0"]
# What must differ after a round trip.
FREE = ("delivery_tag", "queue", "received_at", "redelivered", "routing_key")


class RawProperties(pika.BasicProperties):
    def __init__(self, raw):
        super().__init__()
        self.raw = raw

    def encode(self):
        return [self.raw]


def decode_raw(self, encoded, offset=0):
    self.raw = encoded[offset:]
    return self


def octets(source, most):
    style = source.random()
    if style < 0.4:
        return source.choice(TEXTS).encode()
    if style < 0.7:
        return "".join(source.choice("abcÄß漢\t") for _ in range(source.randrange(most // 4))).encode()
    return source.randbytes(source.randrange(most))


def short(raw):
    raw = raw[:255]
    return bytes([len(raw)]) + raw


def long(raw):
    return struct.pack(">I", len(raw)) + raw


def value(source, depth):
    kind = source.choice(list(FIXED) + [b"S", b"x"] + ([b"F", b"A"] if depth else []))
    if kind in FIXED:
        size = FIXED[kind]
        if kind == b"t":  # RabbitMQ itself writes 0 and 1 only
            return kind + source.choice([b"\x00", b"\x01"])
        # The last octets of an edge are the edge of a smaller number.
        edge = source.choice(EDGES)
        edge = edge[:size] if source.random() < 0.5 else edge[8 - size:]
        raw = edge if source.random() < 0.4 else source.randbytes(size)
        # A float that is not finite crashes RabbitMQ's parser (541 INTERNAL_ERROR).
        if kind in b"fd" and not math.isfinite(struct.unpack(">" + kind.decode(), raw)[0]):
            raw = bytes(size)
        return kind + raw
    if kind == b"F":
        return kind + table(source, depth - 1)
    if kind == b"A":
        return kind + long(b"".join(value(source, depth - 1) for _ in range(source.randrange(4))))
    return kind + long(octets(source, 60))


def table(source, depth):
    entries = b""
    names = set()
    for _ in range(source.randrange(5)):
        name = octets(source, 30)[:255]
        # CC and BCC mean something to the broker. Two of one name are no table of any client.
        if name not in names and name not in (b"CC", b"BCC"):
            names.add(name)
            entries += short(name) + value(source, depth)
    return long(entries)


def properties(source):
    text = lambda: short(octets(source, 40))  # noqa: E731
    makers = [
        (15, text), (14, text),                           # content_type, content_encoding
        (13, lambda: table(source, 3)),                   # headers
        (12, lambda: source.choice([b"\1", b"\2"])),      # delivery_mode: RabbitMQ refuses others
        (11, lambda: source.randbytes(1)),                # priority
        (10, text), (9, text),                            # correlation_id, reply_to
        (8, lambda: short(b"%d" % source.randrange(3600000, 9000000))),  # expiration
        (7, text),                                        # message_id
        (6, lambda: source.choice(EDGES) if source.random() < 0.3 else source.randbytes(8)),
        (5, text), (4, lambda: short(b"guest")), (3, text), (2, text),  # type, user, app, cluster
    ]
    flags, raw = 0, b""
    likely = source.choice([0.1, 0.5, 0.9])
    for bit, make in makers:
        if source.random() < likely:
            flags |= 1 << bit
            raw += make()
    return struct.pack(">H", flags) + raw


def messages(seed, count):
    source = random.Random(int(seed))
    for _ in range(int(count)):
        body = octets(source, 400) if source.random() < 0.99 else source.randbytes(200000)
        yield properties(source), body


def send(channel, queue, seed, count):
    channel.tx_select()
    for raw, body in messages(seed, count):
        channel.basic_publish("", queue, body, RawProperties(raw))
    channel.tx_commit()
    state = channel.queue_declare(queue, passive=True).method
    assert state.message_count == int(count), f"{state.message_count} came in"


def size_of(raw, at):
    """Octets of the field value at this place, its letter included."""
    kind = raw[at:at + 1]
    return 1 + (FIXED[kind] if kind in FIXED else 4 + struct.unpack_from(">I", raw, at + 1)[0])


def ordered(raw):
    """The same properties with the headers, but not what is in them, in order."""
    flags = struct.unpack_from(">H", raw)[0]
    if not flags & 1 << 13:
        return raw
    start = 2
    for bit in (15, 14):  # what stands before them
        if flags & 1 << bit:
            start += 1 + raw[start]
    at, end = start + 4, start + 4 + struct.unpack_from(">I", raw, start)[0]
    entries = []
    while at < end:
        value_at = at + 1 + raw[at]
        after = value_at + size_of(raw, value_at)
        entries.append(raw[at:after])
        at = after
    return raw[:start + 4] + b"".join(sorted(entries)) + raw[end:]


def as_the_broker_keeps(channel):
    version = channel.connection._impl.server_properties["version"]
    return ordered if int(str(version).split(".")[0]) >= 4 else lambda raw: raw


def check(channel, queue, seed, count):
    kept = as_the_broker_keeps(channel)
    pika.spec.BasicProperties.decode = decode_raw
    held = channel.queue_declare(queue, passive=True).method.message_count
    assert held == int(count), f"{held} are there"
    taken = channel.consume(queue, auto_ack=True, inactivity_timeout=30)
    for number, (raw, body) in enumerate(messages(seed, count), 1):
        method, got, got_body = next(taken)
        assert method, f"message {number} is missing"
        assert kept(got.raw) == kept(raw), f"message {number}: properties\n{got.raw!r}\ninstead of\n{raw!r}"
        assert got_body == body, f"message {number}: body\n{got_body!r}\ninstead of\n{body!r}"


def same(first, second):
    with open(first, encoding="utf-8") as a, open(second, encoding="utf-8") as b:
        for number, (x, y) in enumerate(zip(a, b, strict=True), 1):
            x, y = json.loads(x), json.loads(y)
            for name in FREE:
                x.pop(name, None), y.pop(name, None)
            # NaN is not equal to itself, so compare as text.
            x, y = json.dumps(x), json.dumps(y)
            assert x == y, f"record {number}:\n{x}\nis not\n{y}"


def main():
    verb, *rest = sys.argv[1:]
    if verb == "same":
        same(*rest)
        return
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["MSCOMM_TEST_AMQP_URL"]))
    {"send": send, "check": check}[verb](connection.channel(), *rest)
    connection.close()


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"lossless.py: {error}")
