"""A broker that keeps the rules of a RabbitMQ that cannot be installed here:  fake_rabbitmq VERSION

Listens on a free port of 127.0.0.1 and prints it; on stderr each method of a client and what became
of messages, a line each. What it refuses, and how, is in rules.py. The user `reader` may only
read, `worker` read and write. A channel, queue or exchange works as in AMQP 0-9-1, with RabbitMQ's confirms, direct reply-to
and delivery limits, as far as the tests need that: no transactions, TTL, dead letters or disk.

SIGUSR1 makes the oldest unacknowledged message of each channel time out, as if its consumer_timeout
had passed. SIGUSR2 cuts all connections.
"""
import asyncio
import functools
import os
import signal
import sys

from pika import frame, spec

from channel import Channel
from rules import Refusal
from state import Broker, log


class Connection:
    def __init__(self, broker, writer):
        self.broker, self.writer = broker, writer
        self.channels, self.user = {}, None
        self.frame_max, self.hears_cancel, self.is_closed = 131072, False, False

    def write(self, frames):
        for one in frames:
            self.writer.write(one.marshal())

    def on_frame(self, one):
        if isinstance(one, frame.ProtocolHeader):
            properties = {"product": "RabbitMQ", "version": self.broker.version, "capabilities": {
                name: True for name in ("basic.nack", "consumer_cancel_notify", "publisher_confirms",
                                        "connection.blocked", "authentication_failure_close")}}
            self.send(spec.Connection.Start(0, 9, properties, "PLAIN", "en_US"))
        elif not isinstance(one, frame.Heartbeat):
            try:
                self.on_method(one) if one.channel_number == 0 else self.on_channel(one)
            except Refusal as refusal:
                self.refuse(one.channel_number, refusal)

    def send(self, method):
        self.write([frame.Method(0, method)])

    def refuse(self, channel, refusal):
        if refusal.ends_connection:
            log("refused:", refusal.text.replace("\n", " "))
            self.is_closed = True
            self.send(spec.Connection.Close(refusal.code, refusal.text, 0, 0))
        else:
            self.channels[channel].close(refusal)

    def on_method(self, one):
        method = one.method
        if isinstance(method, spec.Connection.StartOk):
            response = method.response if isinstance(method.response, bytes) else method.response.encode()
            self.user = response.split(b"\0")[1].decode()
            capabilities = method.client_properties.get("capabilities", {})
            self.hears_cancel = capabilities.get("consumer_cancel_notify", False)
            self.send(spec.Connection.Tune(2047, 131072, 60))
        elif isinstance(method, spec.Connection.TuneOk):
            self.broker.rules.check_tune(method.frame_max)
            self.frame_max = method.frame_max or self.frame_max
        elif isinstance(method, spec.Connection.Open) and not self.is_closed:
            self.send(spec.Connection.OpenOk())
        elif isinstance(method, spec.Connection.Close):
            self.end()
            self.send(spec.Connection.CloseOk())
        elif isinstance(method, spec.Connection.CloseOk):
            self.writer.close()

    def on_channel(self, one):
        if self.is_closed:
            return
        channel = self.channels.setdefault(one.channel_number, Channel(self, one.channel_number))
        if not isinstance(one, frame.Method):
            if not channel.is_closed and channel.content:
                channel.add_content(one)
            return
        name = one.method.NAME.replace(".", "_").lower()
        if not channel.is_closed or name == "channel_closeok":
            log(f"{self.user}:", one.method)
            getattr(channel, name)(one.method)

    def end(self):
        self.is_closed = True
        for channel in self.channels.values():
            channel.end()
        self.channels.clear()
        for queue in [one for one in self.broker.queues.values() if one.owner is self]:
            self.broker.drop_queue(queue)


async def serve(broker, reader, writer):
    connection = Connection(broker, writer)
    broker.connections.add(connection)
    buffered = b""
    try:
        while block := await reader.read(1 << 20):
            buffered += block
            while (decoded := frame.decode_frame(buffered))[0]:
                buffered = buffered[decoded[0]:]
                connection.on_frame(decoded[1])
            await writer.drain()
    except OSError:
        pass  # the peer went
    broker.connections.discard(connection)
    connection.end()
    writer.close()


async def main(version):
    broker = Broker(version)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, broker.time_out)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, broker.cut)
    server = await asyncio.start_server(functools.partial(serve, broker), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(1)
        for connection in broker.connections:
            if connection.user:
                connection.write([frame.Heartbeat()])


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    asyncio.run(main(sys.argv[1]))
