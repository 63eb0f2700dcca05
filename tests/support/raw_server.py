#!/usr/bin/python3
"""A server that plays a script on each connection, for what a correct server never does.

    raw_server.py STEP...

Listens on a free port of 127.0.0.1 and prints it. Steps (escapes as in Python: \\r \\n \\x00):

    send:TEXT        sends TEXT                    drip:MS:TEXT   one byte each MS
    repeat:N:TEXT    sends TEXT N times            sleep:MS       waits
    read             reads up to a blank line      read:N         reads N bytes
    close            closes (also at the end)      reset          closes with a TCP reset
    hang             reads nothing, sends nothing, until the peer goes
    forever:TEXT     sends TEXT until the peer goes
    gzip:N           sends N megabytes of zeros as a gzip stream
    file:PATH        sends the file
    tls:PATH         speaks TLS from here on, with PATH.pem and PATH.key; tls:PATH,1.2 that version
                     and tls:PATH,asks with the wish for a client's certificate
    end              ends TLS with close_notify; all else that closes ends the connection alone
    deaf             listens no more
"""
import select
import signal
import socket
import ssl
import struct
import sys
import threading
import time
import zlib


def unescape(text):
    return text.encode("latin-1", "backslashreplace").decode("unicode_escape").encode("latin-1")


def read_head(peer):
    data = b""
    while b"\r\n\r\n" not in data:
        block = peer.recv(1)
        if not block:
            return
        data += block


def read_exactly(peer, count):
    while count > 0:
        block = peer.recv(count)
        if not block:
            return
        count -= len(block)


def hang(peer):
    watch = select.poll()
    watch.register(peer, select.POLLHUP | select.POLLRDHUP)
    watch.poll()


def gzip_of_zeros(megabytes):
    zeros = bytes(1 << 20)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)  # depends on nothing before it
    yield b"\x1f\x8b\x08" + bytes(7)
    check = 0
    for _ in range(megabytes):
        yield block
        check = zlib.crc32(zeros, check)
    yield packer.flush() + struct.pack("<II", check, (megabytes << 20) % 2**32)


def over_tls(peer, how):
    path, *wishes = how.split(",")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path + ".pem", path + ".key")
    if "1.2" in wishes:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if "asks" in wishes:
        context.verify_mode = ssl.CERT_OPTIONAL
    return context.wrap_socket(peer, server_side=True)


def play(peer, steps):
    for number, step in enumerate(steps, 1):
        verb, _, rest = step.partition(":")
        if verb == "send":
            peer.sendall(unescape(rest))
        elif verb == "drip":
            pause, _, text = rest.partition(":")
            for byte in unescape(text):
                peer.sendall(bytes([byte]))
                time.sleep(int(pause) / 1000)
        elif verb == "repeat":
            count, _, text = rest.partition(":")
            for _ in range(int(count)):
                peer.sendall(unescape(text))
        elif verb == "forever":
            while True:
                peer.sendall(unescape(rest))
        elif verb == "gzip":
            for block in gzip_of_zeros(int(rest)):
                peer.sendall(block)
        elif verb == "file":
            with open(rest, "rb") as file:
                peer.sendall(file.read())
        elif verb == "end":
            peer.unwrap()
        elif verb == "deaf":
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        elif verb == "tls":
            serve(over_tls(peer, rest), steps[number:])
            return
        elif verb == "sleep":
            time.sleep(int(rest) / 1000)
        elif verb == "read":
            read_exactly(peer, int(rest)) if rest else read_head(peer)
        elif verb == "hang":
            hang(peer)
        elif verb == "reset":
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        elif verb == "close":
            return
        else:
            sys.exit(f"raw_server: unknown step {step!r}")


def serve(peer, steps):
    try:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        play(peer, steps)
    except OSError:
        pass  # the peer went: that is how most scripts end
    finally:
        peer.close()


def main():
    global listener
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listener.getsockname()[1], flush=True)
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:  # it is deaf
            signal.pause()
        threading.Thread(target=serve, args=(peer, sys.argv[1:]), daemon=True).start()


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    main()
