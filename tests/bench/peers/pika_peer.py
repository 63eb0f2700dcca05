#!/usr/bin/python3
"""pika, as fast as its own documentation has it.

    pika_peer.py HOST PORT publish QUEUE           each line of stdin is a message
    pika_peer.py HOST PORT consume QUEUE COUNT     COUNT bodies to stdout, a line each

publish: persistent, mandatory, confirmed with a window of 1000. That takes its asynchronous
connection: a BlockingConnection waits for each confirm by itself, ten times slower.
consume: a BlockingConnection, prefetch 1000; when a quarter of it has been written out, one
acknowledgement for all of that.
"""
import sys

import pika

WINDOW = 1000
PREFETCH = 1000
PERSISTENT = pika.BasicProperties(delivery_mode=2)


class Publisher:
    def __init__(self, parameters, queue):
        self.queue = queue
        self.sent = self.unanswered = 0
        self.early = set()  # confirmed before an older one was
        self.oldest = 1
        self.ended = self.failed = False
        self.lines = sys.stdin.buffer
        self.connection = pika.SelectConnection(
            parameters, on_open_callback=lambda c: c.channel(on_open_callback=self.on_channel),
            on_open_error_callback=self.fail, on_close_callback=lambda c, _: c.ioloop.stop())

    def run(self):
        self.connection.ioloop.start()
        return 1 if self.failed or not self.ended or self.oldest <= self.sent else 0

    def on_channel(self, channel):
        self.channel = channel
        channel.add_on_return_callback(self.fail)
        channel.confirm_delivery(self.on_confirm, callback=lambda _: self.fill())

    def fill(self):
        while not self.ended and self.sent + 1 - self.oldest < WINDOW:
            line = self.lines.readline()
            if not line:
                self.ended = True
                break
            self.channel.basic_publish("", self.queue, line.rstrip(b"\n"), PERSISTENT,
                                       mandatory=True)
            self.sent += 1
        if self.ended and self.oldest > self.sent:
            self.connection.close()

    def on_confirm(self, frame):
        method = frame.method
        if method.NAME != "Basic.Ack":
            self.fail()
        if method.multiple:
            self.early = {tag for tag in self.early if tag > method.delivery_tag}
            self.oldest = max(self.oldest, method.delivery_tag + 1)
        else:
            self.early.add(method.delivery_tag)
        while self.oldest in self.early:
            self.early.remove(self.oldest)
            self.oldest += 1
        self.fill()

    def fail(self, *_):
        self.failed = True
        self.connection.ioloop.stop()


def consume(parameters, queue, count):
    connection = pika.BlockingConnection(parameters)
    channel = connection.channel()
    channel.basic_qos(prefetch_count=PREFETCH)
    out = sys.stdout.buffer
    taken = 0

    def on_delivery(_, method, __, body):
        nonlocal taken
        out.write(body)
        out.write(b"\n")
        taken += 1
        if taken % (PREFETCH // 4) == 0 or taken == count:
            out.flush()
            channel.basic_ack(method.delivery_tag, multiple=True)
        if taken == count:
            channel.stop_consuming()

    channel.basic_consume(queue, on_delivery)
    channel.start_consuming()
    connection.close()
    return 0


def main():
    host, port, verb, queue, *rest = sys.argv[1:]
    parameters = pika.ConnectionParameters(host, int(port))
    if verb == "publish":
        return Publisher(parameters, queue).run()
    return consume(parameters, queue, int(rest[0]))


if __name__ == "__main__":
    sys.exit(main())
