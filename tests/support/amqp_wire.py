"""AMQP 0-9-1 as bytes, for brokers that do what no broker does."""
import struct

METHOD, HEADER, BODY, HEARTBEAT = 1, 2, 3, 8


def frame(kind, channel, payload):
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"


def method(channel, ids, arguments=b""):
    return frame(METHOD, channel, struct.pack(">HH", *ids) + arguments)


def short(text):
    return bytes([len(text)]) + text


def settle(number, tag, last=0):
    return method(1, (60, number), struct.pack(">QB", tag, last))


def read_exactly(peer, count):
    data = b""
    while len(data) < count:
        block = peer.recv(count - len(data))
        if not block:
            raise EOFError
        data += block
    return data


def read_frame(peer):
    kind, _, size = struct.unpack(">BHI", read_exactly(peer, 7))
    return kind, read_exactly(peer, size + 1)[:-1]
