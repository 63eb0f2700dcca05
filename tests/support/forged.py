#!/usr/bin/python3
"""Text that would forge lines of output, and the look for what it forged.

    forged.py text          the text: FORGED after everything that ends a line for some reader
    forged.py check FILE... exit 1, with the lines, when FORGED begins a line in one of the files, or
                            something is left there that drives a terminal, ends a line or turns text round

    forged.py broker WHERE  a broker that uses the text; listens on a free port of 127.0.0.1 and prints it.
                            WHERE: greeting (its name, then no login), login (why it refuses the login), open,
                            channel (why it closes the channel), blocked (why it blocks), lost (why it ends)
"""
import re
import socket
import struct
import sys
import threading

import withholding_broker as wire

ENDS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029",
        "\x1b[2J\x1b[1;1H", "\x1b]0;t\a", "\u202e", "\u2067", "\b\b\b", "\0"]
TEXT = "x" + "".join(f"{end}FORGED" for end in ENDS)
BAD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]|^\s*FORGED", re.MULTILINE)


def check(names):
    bad = []
    for name in names:
        with open(name, encoding="utf-8", errors="replace", newline="") as file:
            bad += [f"{name}: {line!a}" for line in file.read().split("\n") if BAD.search(line)]
    if bad:
        sys.exit("\n".join(bad))


def short(text):
    data = text.encode()[:255]
    return bytes([len(data)]) + data


def long(text):
    return struct.pack(">I", len(text.encode())) + text.encode()


def close(ids, code, text):
    return struct.pack(">H", code) + short(text) + struct.pack(">HH", *ids)


def greeting():
    table = b"".join(short(name) + b"S" + long(TEXT) for name in ("product", "version", TEXT[:60]))
    return wire.method(0, (10, 10), b"\0\x09" + struct.pack(">I", len(table)) + table + long("PLAIN") + long("en_US"))


def serve(peer, where):
    # The classes and methods that are answered otherwise than by a friendly broker.
    replies = {"login": ((10, 11), wire.method(0, (10, 50), close((10, 11), 403, "ACCESS_REFUSED - " + TEXT))),
               "open": ((10, 40), wire.method(0, (10, 50), close((10, 40), 530, "NOT_ALLOWED - " + TEXT))),
               "channel": ((50, 10), wire.method(1, (20, 40), close((50, 10), 404, "NOT_FOUND - " + TEXT))),
               "blocked": ((85, 10), wire.method(1, (85, 11)) + wire.method(0, (10, 60), short(TEXT))),
               "lost": ((85, 10), wire.method(0, (10, 50), close((0, 0), 320, "CONNECTION_FORCED - " + TEXT))),
               "greeting": ((10, 11), wire.method(0, (10, 50), close((10, 11), 403, TEXT)))}
    ids, answer = replies[where]
    try:
        wire.read_exactly(peer, 8)
        peer.sendall(greeting())
        while True:
            kind, payload = wire.read_frame(peer)
            got = struct.unpack(">HH", payload[:4]) if kind == wire.METHOD else None
            peer.sendall(answer if got == ids else wire.REPLIES.get(got, b""))
    except (OSError, EOFError):
        pass  # the client went
    finally:
        peer.close()


def broker(where):
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0], where), daemon=True).start()


def main(words):
    if words == ["text"]:
        sys.stdout.buffer.write(TEXT.encode())
    elif words[:1] == ["check"]:
        check(words[1:])
    elif len(words) == 2 and words[0] == "broker":
        broker(words[1])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
