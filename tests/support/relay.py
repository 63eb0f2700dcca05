#!/usr/bin/python3
"""A TCP relay:  relay.py [HOST:]PORT HOST:PORT [--byte-by-byte] [--rate BYTES] [--cut-at HEX]
            [--deaf-at HEX]

Listens on PORT (0: a free one) of 127.0.0.1 or of HOST, and prints it. --byte-by-byte passes each
byte on in a segment of its own. --rate passes on so much each second in each direction. --cut-at ends a connection when its
client sends these bytes. --deaf-at passes these bytes on, but ends the client's connection before
their answer comes.

SIGUSR1 cuts the connections that there are; new ones are taken as before.
"""
import signal
import socket
import struct
import sys
import threading
import time

open_sockets = []


def option(name):
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else None


deaf_at = bytes.fromhex(option("--deaf-at") or "")
cut_at = bytes.fromhex(option("--cut-at") or "")
rate = int(option("--rate") or 0)
at_once = 1 if "--byte-by-byte" in sys.argv[3:] else 65536


def pump(source, target, cut_here, deaf_here):
    try:
        while block := source.recv(65536):
            if cut_here and cut_here in block:
                source.shutdown(socket.SHUT_RDWR)
                target.shutdown(socket.SHUT_RDWR)
                return
            if deaf_here and deaf_here in block:
                source.shutdown(socket.SHUT_RDWR)
                target.sendall(block)
                return
            for start in range(0, len(block), at_once):
                target.sendall(block[start:start + at_once])
            if rate:
                time.sleep(len(block) / rate)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def cut(*_):
    while open_sockets:
        end = open_sockets.pop()
        try:
            # A reset, as a firewall or a crashed host causes it.
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.shutdown(socket.SHUT_RD)
            end.close()
        except OSError:
            pass


def main():
    signal.signal(signal.SIGUSR1, cut)
    own_host, _, own_port = sys.argv[1].rpartition(":")
    host, _, port = sys.argv[2].rpartition(":")
    listener = socket.create_server((own_host or "127.0.0.1", int(own_port)))
    print(listener.getsockname()[1], flush=True)
    while True:
        client = listener.accept()[0]
        try:
            server = socket.create_connection((host, int(port)))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            client.close()
            continue
        open_sockets.extend((client, server))
        for way in ((client, server, cut_at, deaf_at), (server, client, None, None)):
            threading.Thread(target=pump, args=way, daemon=True).start()


if __name__ == "__main__":
    main()
