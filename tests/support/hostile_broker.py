#!/usr/bin/python3
"""A broker that breaks the protocol:  hostile_broker.py STEP SAYS [--once]

Listens on a free port of 127.0.0.1 and prints it. It welcomes a client as far as STEP (AMQP 0-9-1 without TLS),
and from there on says SAYS over and over, as fast as the client reads, instead of what is due; with --once a
single time, and then nothing. Steps and sayings are the tables STEPS and SAYINGS below.
"""
import argparse
import socket
import struct
import threading

from amqp_wire import BODY, HEADER, HEARTBEAT, METHOD, frame, method, read_exactly, read_frame, settle, short

BLOCK = 1 << 18  # bytes of one write of a flood


def long(text):
    return struct.pack(">I", len(text)) + text


def start(properties=b"", mechanisms=b"PLAIN"):
    return method(0, (10, 10), b"\0\x09" + long(properties) + long(mechanisms) + long(b"en_US"))


def tune(channel_max=2047, frame_max=131072, heartbeat=0):
    return method(0, (10, 30), struct.pack(">HIH", channel_max, frame_max, heartbeat))


def deliver(tag, number=1):
    return method(1, (60, 60), short(tag) + struct.pack(">QB", number, 0) + short(b"") + short(b"q"))


def header(size, properties=b"\0\0"):
    return frame(HEADER, 1, struct.pack(">HHQ", 60, 0, size) + properties)


def returned(size=1):
    return method(1, (60, 50), struct.pack(">H", 312) + short(b"NO_ROUTE") + short(b"") + short(b"q")) + header(size)


def body(text):
    return frame(BODY, 1, text)


def nested(depth):
    table = b""
    for _ in range(depth):
        table = b"\1aF" + long(table)
    return table


def with_headers(table):
    return b"\x20\0" + long(table)


PIECE = body(b"x" * 100000)
LONG = b"\1kS" + long(b"v" * 60000)

# What each says: a list of pieces that is repeated, each bytes or a function of the number of the round and of
# the consumer tag that the client chose.
SAYINGS = {
    "nothing": [b""],
    "heartbeat": [frame(HEARTBEAT, 0, b"")],
    "heartbeat-of-a-channel": [frame(HEARTBEAT, 1, b"")],
    "start": [start(LONG * 2)],
    "mechanisms": [start(mechanisms=b"NOTHING " * 15000)],
    "nested-properties": [start(nested(9000))],
    "secure": [method(0, (10, 20), long(b"challenge"))],
    "tune": [tune()],
    "tune-frame-max-1": [tune(frame_max=1)],
    "tune-frame-max-most": [tune(frame_max=2**32 - 1)],
    "tune-nothing": [tune(0, 0, 0)],
    "tune-heartbeat-1": [tune(heartbeat=1)],
    "open-ok": [method(0, (10, 41), b"\0")],
    "redirect": [method(0, (10, 42), short(b"elsewhere") + short(b""))],
    "blocked": [method(0, (10, 60), short(b"low on memory"))],
    "block-unblock": [method(0, (10, 60), short(b"low")), method(0, (10, 61))],
    "flow": [method(1, (20, 20), b"\1")],
    "flow-on-off": [method(1, (20, 20), b"\0"), method(1, (20, 20), b"\1")],
    "delivery": [lambda round, tag: deliver(tag, round + 1) + header(1) + body(b"x")],
    "delivery-of-nobody": [lambda round, tag: deliver(b"nobody", round + 1) + header(1) + body(b"x")],
    "delivery-inside": [lambda round, tag: deliver(tag, round + 1) + header(2) + body(b"x")],
    "delivery-100kB": [lambda round, tag: deliver(tag, round + 1) + header(100000) + PIECE],
    "delivery-tag-0": [lambda round, tag: deliver(tag, 0) + header(1) + body(b"x")],
    "delivery-tag-most": [lambda round, tag: deliver(tag, 2**64 - 1) + header(1) + body(b"x")],
    "delivery-stream": [lambda round, tag: deliver(tag, round + 1) + header(
        100000, with_headers(b"\x0fx-stream-offsetl" + struct.pack(">q", 2**63 - 1))) + PIECE],
    "body-endless": [lambda round, tag: b"" if round else deliver(tag) + header(2**40), PIECE],
    "body-2-to-63": [lambda round, tag: b"" if round else deliver(tag) + header(2**63), PIECE],
    "body-most-allowed": [lambda round, tag: b"" if round else deliver(tag) + header(2**31), PIECE],
    "body-empty-pieces": [lambda round, tag: b"" if round else deliver(tag) + header(9), body(b"")],
    "body-too-long": [lambda round, tag: deliver(tag, round + 1) + header(1) + body(b"xy")],
    "body-of-nothing": [body(b"x")],
    "header-of-nothing": [header(1)],
    "header-nested": [lambda round, tag: deliver(tag, round + 1) + header(0, with_headers(nested(5000)))],
    "header-many": [lambda round, tag: deliver(tag, round + 1) + header(0, with_headers(b"\0V" * 250000))],
    "header-many-in-array": [lambda round, tag: deliver(tag, round + 1)
                             + header(0, with_headers(b"\0A" + long(b"V" * 120000)))],
    "header-too-large": [lambda round, tag: deliver(tag, round + 1) + header(0, with_headers(LONG * 9))],
    "header-1-GB": [struct.pack(">BHI", HEADER, 1, 1 << 30), b"x" * 65536],
    "frame-4-GB": [struct.pack(">BHI", BODY, 1, 2**32 - 1), b"x" * 65536],
    "frame-unknown": [frame(77, 1, b"x")],
    "channel-7": [method(7, (20, 11), long(b""))],
    "return": [returned() + body(b"x")],
    "return-endless": [lambda round, tag: b"" if round else returned(2**40), PIECE],
    "ack-0": [settle(80, 0, 1)],
    "ack-unsent": [settle(80, 2**62)],
    "ack-again": [settle(80, 1)],
    "nack-unsent": [settle(120, 2**64 - 1, 1)],
    "cancel": [lambda round, tag: method(1, (60, 30), short(tag) + b"\1")],
    "cancel-of-nobody": [method(1, (60, 30), short(b"nobody") + b"\1")],
    "reply-unasked": [method(1, (50, 51))],
    "reply-other": [method(1, (40, 11))],
    "clients-method": [method(1, (60, 40), b"\0\0\0\0\0")],
    "method-unknown": [method(1, (99, 99))],
    "method-cut": [frame(METHOD, 1, b"\0")],
    "close-channel": [method(1, (20, 40), struct.pack(">H", 505) + short(b"UNEXPECTED_FRAME - x") + b"\0\0\0\0")],
    "close-frame-error": [method(0, (10, 50), struct.pack(">H", 501) + short(b"FRAME_ERROR - x") + b"\0\0\0\0")],
    "close-forced": [method(0, (10, 50), struct.pack(">H", 320) + short(b"CONNECTION_FORCED - x") + b"\0\0\0\0")],
    "garbage": [bytes(range(9, 256)) * 64],
    "cut": None,  # closes in the middle of a frame
}

# Where it begins: the method that it does not answer any more; channel and connection count from 0.
STEPS = {
    "greeting": None,
    "start-ok": (10, 11),
    "open": (10, 40),
    "channel": (20, 10),
    "declare": (50, 10),
    "consume": (60, 20),
    "consuming": (60, 20),  # after the answer
    "publish": (60, 40),
    "cancel": (60, 30),
    "goodbye": (10, 50),
}

REPLIES = {(10, 11): tune(),
           (10, 40): method(0, (10, 41), b"\0"),
           (10, 50): method(0, (10, 51)),
           (20, 10): method(1, (20, 11), long(b"")),
           (40, 10): method(1, (40, 11)),
           (50, 10): method(1, (50, 11), short(b"q") + struct.pack(">II", 0, 0)),
           (50, 20): method(1, (50, 21)),
           (60, 10): method(1, (60, 11)),
           (85, 10): method(1, (85, 11))}


def swallow(peer):
    try:
        while peer.recv(65536):
            pass
    except OSError:
        pass


def rage(peer, says, once, tag):
    """Never returns but by an error."""
    if SAYINGS[says] is None:
        peer.sendall(deliver(tag)[:-3])
        peer.shutdown(socket.SHUT_RDWR)
        raise EOFError
    # The client's answers are not what is tested.
    reader = threading.Thread(target=swallow, args=(peer,), daemon=True)
    reader.start()
    pieces = SAYINGS[says]
    round = 0
    while True:
        flood = bytearray()
        while len(flood) < BLOCK and (not once or round == 0):
            for piece in pieces:
                flood += piece(round, tag) if callable(piece) else piece
            round += 1
            if says == "nothing":
                break
        if not flood:
            reader.join()  # until the client goes
            raise EOFError
        peer.sendall(flood)


def answer(peer, ids, payload, tag):
    if ids == (60, 20):
        peer.sendall(method(1, (60, 21), short(tag)))
    elif ids == (60, 30):
        peer.sendall(method(1, (60, 31), short(tag)))
    else:
        peer.sendall(REPLIES.get(ids, b""))


def consumer_tag(payload):
    queue = payload[6]
    at = 7 + queue
    return payload[at + 1:at + 1 + payload[at]] or b"made-up"


def serve(peer, step, says, once=False):
    tag = b"mscomm-1"
    published = 0
    try:
        read_exactly(peer, 8)
        if step == "greeting":
            rage(peer, says, once, tag)
        peer.sendall(start())
        while True:
            kind, payload = read_frame(peer)
            ids = struct.unpack(">HH", payload[:4]) if kind == METHOD else None
            if ids == (60, 20):
                tag = consumer_tag(payload)
            if ids == STEPS[step] and step == "consuming":
                answer(peer, ids, payload, tag)
            if ids == STEPS[step]:
                rage(peer, says, once, tag)
            if ids:
                answer(peer, ids, payload, tag)
            elif kind == BODY:
                published += 1
                peer.sendall(settle(80, published))
    except (OSError, EOFError):
        pass  # the client went
    finally:
        peer.close()


def listen(step, says, once=False):
    """Serves in threads until the listener, which it returns, is shut down."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def accept():
        while True:
            try:
                peer = listener.accept()[0]
            except OSError:
                return
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=serve, args=(peer, step, says, once), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("says", choices=SAYINGS)
    parser.add_argument("--once", action="store_true")
    options = parser.parse_args()
    print(listen(options.step, options.says, options.once).getsockname()[1], flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
