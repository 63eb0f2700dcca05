#!/usr/bin/python3
"""A server that plays a script over HTTP/2, for endings that no real server gives on demand.

    http2_server.py [--tls PATH] STEP... [-- STEP...]...

Listens on a free port of 127.0.0.1 and prints it. The first connection plays the first script, the
second the second, and all others the last one. --tls: with PATH.pem and PATH.key, offering h2; else
with prior knowledge.

Steps that wait, for the first stream that is new; it is then the current one:

    request[:N]            a whole request, or N of them (the last is current)
    head                   its headers, though its body may follow
    serve[:N]              answers requests (N of them) with 200 and "ok" until the peer goes
    sleep:MS   hang        waits so long, or until the peer goes

Steps that act on the current stream, or on that of the Nth request with on:N before them:

    answer[:STATUS[:SIZE]]     the whole answer, with a body and a Content-Length of SIZE
                           bytes (default: "ok")
    headers:STATUS[:SIZE[:N]]  headers alone; SIZE bytes of them, in N header lines
    data:SIZE   end[:SIZE]     a part of the body; the last part
    trailers[:SIZE]            trailers of SIZE bytes, which end the stream
    rst:CODE                   RST_STREAM

and on the connection:

    goaway:LAST[:CODE]     GOAWAY; LAST may be "max"
    raw:HEX                these bytes
    together ... apart     sends what these steps give at once
    close   reset          ends the connection (also at the end of a script)
"""
import signal
import socket
import ssl
import struct
import sys
import threading
import time

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import hyperframe.frame


class Gone(Exception):
    """The peer has closed the connection."""


class Player:
    def __init__(self, peer):
        self.peer = peer
        self.held = None
        self.requests = []  # stream ids
        self.ended = set()
        self.current = 0
        self.waited = 0
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8",
                                           validate_outbound_headers=False,
                                           normalize_outbound_headers=False)
        self.http = h2.connection.H2Connection(config)
        self.http.initiate_connection()
        self.http.local_settings.max_concurrent_streams = 100
        self.flush()

    def send(self, data):
        if self.held is None:
            self.peer.sendall(data)
        else:
            self.held += data

    def flush(self):
        data = self.http.data_to_send()
        if data:
            self.send(data)

    def frame(self, frame):
        self.flush()
        self.send(frame.serialize())

    def receive(self):
        data = self.peer.recv(65536)
        if not data:
            raise Gone
        for event in self.http.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                self.requests.append(event.stream_id)
            elif isinstance(event, h2.events.DataReceived) and event.flow_controlled_length:
                self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self.ended.add(event.stream_id)
            elif isinstance(event, h2.events.StreamReset) and event.stream_id in self.requests:
                self.ended.add(event.stream_id)
            elif isinstance(event, h2.events.ConnectionTerminated):
                raise Gone
        self.flush()

    def await_request(self, whole):
        while len(self.requests) <= self.waited:
            self.receive()
        self.current = self.requests[self.waited]
        self.waited += 1
        while whole and self.current not in self.ended:
            self.receive()

    def header_frames(self, fields, flags):
        """In frames of their own, as h2 would refuse what the scripts want to send."""
        block = self.http.encoder.encode(fields)
        most = self.http.max_outbound_frame_size
        parts = [block[i:i + most] for i in range(0, len(block), most)] or [b""]
        for number, part in enumerate(parts):
            kind = hyperframe.frame.ContinuationFrame if number else hyperframe.frame.HeadersFrame
            frame = kind(self.current, data=part)
            if not number and "END_STREAM" in flags:
                frame.flags.add("END_STREAM")
            if number == len(parts) - 1:
                frame.flags.add("END_HEADERS")
            self.frame(frame)

    def headers(self, status="200", size="0", lines="1", length=None):
        fields = [(":status", status)]
        if length is not None:
            fields.append(("content-length", length))
        each = int(size) // int(lines)
        if each:
            # Of a letter whose Huffman code has eight bits.
            fields += [(f"x-large-{i}", "X" * each) for i in range(int(lines))]
        self.header_frames(fields, set())

    def data(self, size="2", end=False):
        left = int(size)
        block = b"ok" if left == 2 else b"x" * left
        most = self.http.max_outbound_frame_size
        while left or end:
            part, block = block[:most], block[most:]
            left = len(block)
            frame = hyperframe.frame.DataFrame(self.current, data=part)
            if end and not left:
                frame.flags.add("END_STREAM")
                end = False
            self.frame(frame)

    def answer(self, status="200", size="2"):
        self.headers(status, length=size)
        self.data(size, end=True)

    def play(self, step):
        verb, *rest = step.split(":")
        if verb == "request":
            for _ in range(int(rest[0]) if rest else 1):
                self.await_request(True)
        elif verb == "head":
            self.await_request(False)
        elif verb == "serve":
            for _ in range(int(rest[0]) if rest else sys.maxsize):
                self.await_request(True)
                self.answer()
        elif verb == "on":
            self.current = self.requests[int(rest[0]) - 1]
        elif verb == "answer":
            self.answer(*rest)
        elif verb == "headers":
            self.headers(*rest)
        elif verb == "data":
            self.data(*rest)
        elif verb == "end":
            self.data(*(rest or ["0"]), end=True)
        elif verb == "trailers":
            each = 1000  # nghttp2 takes no value above 64 KiB
            size = int(rest[0]) if rest else each
            fields = [(f"x-trailer-{i}", "X" * each) for i in range(size // each)]
            self.header_frames(fields, {"END_STREAM"})
        elif verb == "rst":
            self.frame(hyperframe.frame.RstStreamFrame(self.current, error_code=int(rest[0])))
        elif verb == "goaway":
            last = 2**31 - 1 if rest[0] == "max" else int(rest[0])
            code = int(rest[1]) if rest[1:] else 0
            self.frame(hyperframe.frame.GoAwayFrame(0, last_stream_id=last, error_code=code))
        elif verb == "raw":
            self.flush()
            self.send(bytes.fromhex(rest[0]))
        elif verb == "together":
            self.held = b""
        elif verb == "apart":
            held, self.held = self.held, None
            self.send(held)
        elif verb == "sleep":
            time.sleep(int(rest[0]) / 1000)
        elif verb == "hang":
            while True:
                self.receive()
        elif verb == "reset":
            self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise Gone
        elif verb == "close":
            raise Gone
        else:
            sys.exit(f"http2_server: unknown step {step!r}")


def serve(peer, steps, context):
    try:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context:
            peer = context.wrap_socket(peer, server_side=True)
        player = Player(peer)
        for step in steps:
            player.play(step)
    except (OSError, Gone, h2.exceptions.ProtocolError):
        pass  # the peer went: that is how most scripts end
    finally:
        peer.close()


def main():
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    words = sys.argv[1:]
    context = None
    if words[0] == "--tls":
        path, *words = words[1:]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path + ".pem", path + ".key")
        context.set_alpn_protocols(["h2"])
    scripts = [[]]
    for word in words:
        if word == "--":
            scripts.append([])
        else:
            scripts[-1].append(word)
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listener.getsockname()[1], flush=True)
    number = 0
    while True:
        peer, _ = listener.accept()
        steps = scripts[min(number, len(scripts) - 1)]
        number += 1
        threading.Thread(target=serve, args=(peer, steps, context), daemon=True).start()


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    main()
