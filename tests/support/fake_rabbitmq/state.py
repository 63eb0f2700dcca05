"""Queues, their messages and consumers, and what leads to them."""
import itertools
import sys

from pika import spec

from rules import Rules

DIRECT_REPLY = "amq.rabbitmq.reply-to"
serial = itertools.count(1)


def log(*words):
    print(*words, file=sys.stderr, flush=True)


class Message:
    def __init__(self, publish, properties, body):
        self.exchange, self.key = publish.exchange, publish.routing_key
        self.properties, self.body = properties, body
        self.number = next(serial)
        self.failures = self.returns = 0


class Queue:
    def __init__(self, name, declare, owner):
        self.name, self.durable, self.owner = name, declare.durable, owner
        self.arguments = declare.arguments or {}
        self.auto_delete = declare.auto_delete
        self.is_quorum = self.arguments.get("x-queue-type") == "quorum"
        self.messages, self.consumers = [], []

    def put_back(self, message, counts, rules):
        """rabbit_fifo:return_one. A classic queue counts nothing."""
        message.returns += 1
        message.failures += counts
        limit = self.arguments.get("x-delivery-limit", rules.default_delivery_limit)
        if self.is_quorum and limit is not None and 0 <= limit < message.failures:
            log("dropped at the delivery limit:", message.body[:40])
            return
        self.messages.append(message)
        self.messages.sort(key=lambda one: one.number)

    def deliver(self):
        while self.messages:
            free = next((one for one in self.consumers if one.has_room()), None)
            if free is None:
                return
            self.consumers.append(self.consumers.pop(self.consumers.index(free)))
            free.take(self.messages.pop(0))


class Consumer:
    def __init__(self, channel, queue, tag, no_ack, prefetch):
        self.channel, self.queue, self.tag = channel, queue, tag
        self.no_ack, self.prefetch = no_ack, prefetch
        self.held, self.timed_out = set(), set()  # delivery tags

    def has_room(self):
        # A consumer that timed out gets nothing until it has settled what did (rabbit_fifo).
        return not self.timed_out and (not self.prefetch or len(self.held) < self.prefetch)

    def take(self, message):
        tag = self.channel.hold(message, self.queue, self, self.no_ack)
        self.channel.send(spec.Basic.Deliver(self.tag, tag, bool(message.returns), message.exchange,
                                             message.key), message, self.queue)


class Broker:
    def __init__(self, version):
        self.version, self.rules = version, Rules(version)
        self.queues, self.bindings, self.reply_channels = {}, [], {}
        self.exchanges = {f"amq.{kind}": kind for kind in ("direct", "fanout", "topic", "headers")}
        self.connections = set()

    def route(self, message):
        """Whether it is one that must not be returned."""
        reply = self.reply_channels.get(message.key) if not message.exchange else None
        if reply:
            reply.last_tag += 1
            reply.send(spec.Basic.Deliver(reply.reply_tag, reply.last_tag, False, "", message.key), message)
        if not message.exchange and message.key.startswith(DIRECT_REPLY + "."):
            return not self.rules.returns_direct_replies
        kind = self.exchanges.get(message.exchange)
        names = {message.key} if not message.exchange else {
            queue for exchange, key, queue in self.bindings if exchange == message.exchange and
            (kind in ("fanout", "headers") or key == message.key or (kind == "topic" and key == "#"))}
        queues = [self.queues[name] for name in names if name in self.queues]
        for queue in queues:
            queue.messages.append(message)
            queue.deliver()
        return bool(queues)

    def drop_consumer(self, consumer):
        if consumer in consumer.queue.consumers:
            consumer.queue.consumers.remove(consumer)
            if consumer.queue.auto_delete and not consumer.queue.consumers:
                self.drop_queue(consumer.queue)

    def drop_queue(self, queue):
        if queue is None or self.queues.pop(queue.name, None) is None:
            return
        self.bindings = [one for one in self.bindings if one[2] != queue.name]
        for consumer in queue.consumers:
            consumer.channel.consumers.pop(consumer.tag, None)
            consumer.channel.send(spec.Basic.Cancel(consumer.tag, True))
        queue.consumers = []

    def cut(self):
        for connection in list(self.connections):
            connection.writer.transport.abort()

    def time_out(self):
        for connection in self.connections:
            for channel in list(connection.channels.values()):
                channel.time_out()
        log("time passed")
