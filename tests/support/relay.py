#!/usr/bin/python3
"""A TCP relay:  relay.py PORT HOST:PORT   listens on 127.0.0.1:PORT (0: a free one) and prints it."""
import socket
import sys
import threading


def pump(source, target):
    try:
        while block := source.recv(65536):
            target.sendall(block)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def main():
    host, _, port = sys.argv[2].rpartition(":")
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    print(listener.getsockname()[1], flush=True)
    while True:
        client = listener.accept()[0]
        server = socket.create_connection((host, int(port)))
        for pair in ((client, server), (server, client)):
            threading.Thread(target=pump, args=pair, daemon=True).start()


if __name__ == "__main__":
    main()
