#!/usr/bin/python3
"""A far-away server:  delay_proxy.py PORT HOST:PORT [MILLISECONDS]

Listens on 127.0.0.1:PORT (0: a free one), prints the port, and relays every connection to HOST:PORT
so that each direction takes MILLISECONDS (50): a round trip is twice that.

Opening the connection costs one round trip, as on a real line. A proxy cannot delay the handshake
of TCP, so the first bytes wait for what it would have taken: what the client sends at once leaves
when its handshake would have ended, and arrives one delay after that.
"""
import queue
import socket
import sys
import threading
import time


def receive(source, line, delay, opened):
    """Puts what comes, with the time at which it arrives at the other end; b"" is the end."""
    block = None
    while block != b"":
        try:
            block = source.recv(65536)
        except OSError:
            block = b""
        line.put((max(time.monotonic(), opened) + delay, block))


def deliver(line, target):
    while True:
        due, block = line.get()
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            if block:
                target.sendall(block)
                continue
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        return


def relay(client, address, delay):
    accepted = time.monotonic()
    to_server, to_client = queue.SimpleQueue(), queue.SimpleQueue()
    opened = accepted + 2 * delay
    receiver = threading.Thread(target=receive, args=(client, to_server, delay, opened), daemon=True)
    receiver.start()
    # The server knows of the connection when the handshake's last packet has reached it.
    time.sleep(max(0.0, opened + delay - time.monotonic()))
    try:
        server = socket.create_connection(address)
    except OSError:
        client.close()
        return
    for end in (client, server):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threads = [
        receiver,
        threading.Thread(target=receive, args=(server, to_client, delay, 0.0), daemon=True),
        threading.Thread(target=deliver, args=(to_server, server), daemon=True),
        threading.Thread(target=deliver, args=(to_client, client), daemon=True),
    ]
    for thread in threads[1:]:
        thread.start()
    for thread in threads:
        thread.join()
    client.close()
    server.close()


def main():
    host, _, port = sys.argv[2].rpartition(":")
    delay = float(sys.argv[3]) / 1000 if len(sys.argv) > 3 else 0.05
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    print(listener.getsockname()[1], flush=True)
    while True:
        client = listener.accept()[0]
        threading.Thread(target=relay, args=(client, (host, int(port)), delay), daemon=True).start()


if __name__ == "__main__":
    main()
