#!/usr/bin/python3
"""A broker that takes messages and does not confirm them:  withholding_broker.py SAYS [--confirms N] [--reads-not]

Listens on a free port of 127.0.0.1 and prints it. It welcomes every login (AMQP 0-9-1 without TLS), confirms
the first N messages (0), and after each message says over and over, until the client goes, one of:

    nothing  heartbeat  return  flow  ack-settled  ack-unknown  ack-zero  nack-unknown  block  block-unblock
    method-unknown

With --reads-not it reads nothing more from the first message's method on.
"""
import argparse
import itertools
import socket
import struct
import threading
import time

from amqp_wire import BODY, HEADER, HEARTBEAT, METHOD, frame, method, read_exactly, read_frame, settle, short

PAUSE = 0.02  # seconds between what it says


START = b"\0\x09" + struct.pack(">I", 0) + struct.pack(">I", 5) + b"PLAIN" + struct.pack(">I", 5) + b"en_US"
REPLIES = {(10, 11): method(0, (10, 30), struct.pack(">HIH", 2047, 131072, 0)),
           (10, 40): method(0, (10, 41), b"\0"),
           (10, 50): method(0, (10, 51)),
           (20, 10): method(1, (20, 11), struct.pack(">I", 0)),
           (85, 10): method(1, (85, 11))}
RETURN = (method(1, (60, 50), struct.pack(">H", 312) + short(b"NO_ROUTE") + short(b"") + short(b"elsewhere"))
          + frame(HEADER, 1, struct.pack(">HHQH", 60, 0, 1, 0)) + frame(BODY, 1, b"?"))
BLOCKED, UNBLOCKED = method(0, (10, 60), short(b"low on memory")), method(0, (10, 61))
SAYINGS = {"nothing": [b""],
           "heartbeat": [frame(HEARTBEAT, 0, b"")],
           "return": [RETURN],
           "flow": [method(1, (20, 20), b"\1")],
           "ack-settled": [settle(80, 1, 0), settle(80, 1, 1)],
           "ack-unknown": [settle(80, 99, 0), settle(80, 99, 1)],
           "ack-zero": [settle(80, 0, 0), settle(80, 0, 1)],
           "nack-unknown": [settle(120, 99, 0), settle(120, 99, 1), settle(120, 0, 0)],
           "block": [BLOCKED],
           "block-unblock": [BLOCKED, UNBLOCKED],
           "method-unknown": [method(1, (50, 51))]}  # queue.unbind-ok, which nobody asked for


def talk(peer, sayings):
    for saying in itertools.cycle(sayings):
        peer.sendall(saying)
        time.sleep(PAUSE)


def serve(peer, options):
    begun = taken = 0
    try:
        read_exactly(peer, 8)
        peer.sendall(method(0, (10, 10), START))
        while True:
            kind, payload = read_frame(peer)
            ids = struct.unpack(">HH", payload[:4]) if kind == METHOD else None
            peer.sendall(REPLIES.get(ids, b""))
            begun += ids == (60, 40)
            if options.reads_not and begun > 0:
                talk(peer, SAYINGS[options.says])
            taken += kind == BODY
            if kind == BODY and taken <= options.confirms:
                peer.sendall(settle(80, taken, 0))
            elif kind == BODY and taken == options.confirms + 1:
                threading.Thread(target=talk_until_gone, args=(peer, options), daemon=True).start()
    except (OSError, EOFError):
        pass  # the client went
    finally:
        peer.close()


def talk_until_gone(peer, options):
    try:
        talk(peer, SAYINGS[options.says])
    except OSError:
        pass


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("says", choices=SAYINGS)
    parser.add_argument("--confirms", type=int, default=0)
    parser.add_argument("--reads-not", action="store_true")
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        peer = listener.accept()[0]
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(peer, options), daemon=True).start()


if __name__ == "__main__":
    main()
