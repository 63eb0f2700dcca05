#!/usr/bin/python3
"""A TCP relay:  relay.py PORT HOST:PORT   listens on 127.0.0.1:PORT (0: a free one) and prints it.

SIGUSR1 cuts the connections that there are; new ones are taken as before.
"""
import signal
import socket
import struct
import sys
import threading

open_sockets = []


def pump(source, target):
    try:
        while block := source.recv(65536):
            target.sendall(block)
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
    host, _, port = sys.argv[2].rpartition(":")
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    print(listener.getsockname()[1], flush=True)
    while True:
        client = listener.accept()[0]
        server = socket.create_connection((host, int(port)))
        open_sockets.extend((client, server))
        for pair in ((client, server), (server, client)):
            threading.Thread(target=pump, args=pair, daemon=True).start()


if __name__ == "__main__":
    main()
