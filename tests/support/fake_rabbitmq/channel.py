"""A channel: what each method of a client does."""
import pika
from pika import frame, spec

from rules import Refusal, exchange_name, queue_name
from state import DIRECT_REPLY, Consumer, Message, Queue, log, serial


class Channel:
    """Each method of a client is a function of the name that it has in pika."""

    def __init__(self, connection, number):
        self.connection, self.number = connection, number
        self.broker, self.rules = connection.broker, connection.broker.rules
        self.prefetch = self.published = self.last_tag = 0
        self.confirms = self.is_closed = False
        self.consumers, self.unacked = {}, {}
        self.reply_queue = self.reply_tag = self.content = None

    @property
    def user(self):
        return self.connection.user

    def send(self, method, message=None, queue=None):
        frames = [frame.Method(self.number, method)]
        if message is not None:
            properties = message.properties
            if queue is not None and queue.is_quorum and message.returns:
                headers = {**(properties.headers or {}), "x-acquired-count": message.returns}
                if message.failures:
                    headers["x-delivery-count"] = message.failures
                properties = pika.BasicProperties(**{**vars(properties), "headers": headers})
            frames.append(frame.Header(self.number, len(message.body), properties))
            step = self.connection.frame_max - 8
            frames += [frame.Body(self.number, message.body[at:at + step])
                       for at in range(0, len(message.body), step)]
        self.connection.write(frames)

    def check(self, what, resource):
        self.rules.check_access(self.user, what, resource)

    # --- what is held ----------------------------------------------------------------------------

    def hold(self, message, queue, consumer, no_ack):
        self.last_tag += 1
        if not no_ack:
            self.unacked[self.last_tag] = (message, queue, consumer)
            if consumer:
                consumer.held.add(self.last_tag)
        return self.last_tag

    def settle(self, tag, multiple, done):
        tags = [one for one in self.unacked if one == tag or (multiple and (one < tag or not tag))]
        if not tags and not multiple:
            raise Refusal(406, f"unknown delivery tag {tag}")
        queues = set()
        for one in tags:
            message, queue, consumer = self.unacked.pop(one)
            queues.add(queue)
            if consumer:
                consumer.held.discard(one)
                consumer.timed_out.discard(one)
            if message is not None:  # else it timed out: what becomes of it changes nothing
                done(message, queue)
        for queue in queues:
            queue.deliver()

    def end(self):
        """What is unacknowledged goes back, and that counts (rabbit_fifo: down, not the timeout)."""
        for consumer in list(self.consumers.values()):
            self.broker.drop_consumer(consumer)
        self.consumers.clear()
        held, self.unacked = list(self.unacked.values()), {}
        for message, queue, _ in held:
            if message is not None:
                queue.put_back(message, True, self.rules)
        for queue in {queue for _, queue, _ in held}:
            queue.deliver()
        self.broker.reply_channels.pop(self.reply_queue, None)

    def time_out(self):
        """The oldest message; rabbit_fifo: evaluate_consumer_timeout, rabbit_channel: handle_queue_actions."""
        waits = [tag for tag, (message, queue, _) in self.unacked.items()
                 if message is not None and (queue.is_quorum or not self.rules.timeout_is_cancel)]
        if not waits:
            return
        tag = min(waits)
        message, queue, consumer = self.unacked[tag]
        if not self.rules.timeout_is_cancel:
            self.close(Refusal(406, self.rules.timeout_text()))
            return
        self.unacked[tag] = (None, queue, consumer)
        if consumer:
            consumer.held.discard(tag)
            consumer.timed_out.add(tag)
        queue.put_back(message, False, self.rules)
        # A consumer that the client has cancelled is not known any more.
        if self.connection.hears_cancel and consumer and consumer.tag in self.consumers:
            self.send(spec.Basic.Cancel(consumer.tag, True))
            queue.deliver()
        else:
            self.close(Refusal(406, self.rules.timeout_text()))

    def close(self, refusal):
        log("refused:", refusal.text.replace("\n", " "))
        self.end()
        self.is_closed = True
        self.send(spec.Channel.Close(refusal.code, refusal.text, 0, 0))

    # --- methods ---------------------------------------------------------------------------------

    def channel_open(self, _):
        self.send(spec.Channel.OpenOk())

    def channel_close(self, _):
        self.end()
        self.send(spec.Channel.CloseOk())
        del self.connection.channels[self.number]

    def channel_closeok(self, _):
        del self.connection.channels[self.number]

    def confirm_select(self, _):
        self.confirms = True
        self.send(spec.Confirm.SelectOk())

    def exchange_declare(self, declare):
        name = declare.exchange
        if declare.passive:
            self.rules.check_passive(self.user, exchange_name(name))
            if name not in self.broker.exchanges:
                raise Refusal(404, f"no {exchange_name(name)}")
        else:
            self.rules.check_exchange(declare.type)
            self.check("configure", exchange_name(name))
            kind = self.broker.exchanges.setdefault(name, declare.type)
            if kind != declare.type:
                raise Refusal(406, f"inequivalent arg 'type' for {exchange_name(name)}: received "
                                   f"'{declare.type}' but current is '{kind}'")
        self.send(spec.Exchange.DeclareOk())

    def queue_declare(self, declare):
        name = declare.queue or f"amq.gen-{next(serial)}"
        if declare.passive:
            self.rules.check_passive(self.user, queue_name(name))
            queue = self.queue(name)
        else:
            self.check("configure", queue_name(name))
            queue = self.broker.queues.get(name) or self.make_queue(name, declare)
            self.check_same(queue, declare)
        self.send(spec.Queue.DeclareOk(name, len(queue.messages), len(queue.consumers)))

    def make_queue(self, name, declare):
        self.rules.check_queue(name, declare.durable, declare.exclusive, declare.arguments or {})
        owner = self.connection if declare.exclusive else None
        return self.broker.queues.setdefault(name, Queue(name, declare, owner))

    @staticmethod
    def check_same(queue, declare):
        """rabbit_amqqueue:assert_equivalence, where mscomm adapts its declarations."""
        differs = f"for {queue_name(queue.name)}: received"
        if queue.durable != declare.durable:
            raise Refusal(406, f"inequivalent arg 'durable' {differs} '{str(declare.durable).lower()}' "
                               f"but current is '{str(queue.durable).lower()}'")
        wanted = (declare.arguments or {}).get("x-queue-type", "classic")
        kind = queue.arguments.get("x-queue-type", "classic")
        if wanted != kind:
            raise Refusal(406, f"inequivalent arg 'x-queue-type' {differs} the value '{wanted}' of type "
                               f"'longstr' but current is the value '{kind}' of type 'longstr'")

    def queue(self, name):
        queue = self.broker.queues.get(name)
        if queue is None:
            raise Refusal(404, f"no {queue_name(name)}")
        if queue.owner not in (None, self.connection):
            raise Refusal(405, f"cannot obtain exclusive access to locked {queue_name(name)}")
        return queue

    def queue_bind(self, bind):
        self.check("write", queue_name(bind.queue))
        self.queue(bind.queue)
        if bind.exchange not in self.broker.exchanges:
            raise Refusal(404, f"no {exchange_name(bind.exchange)}")
        self.rules.check_binding(self.broker.exchanges[bind.exchange], bind.routing_key)
        self.broker.bindings.append((bind.exchange, bind.routing_key, bind.queue))
        self.send(spec.Queue.BindOk())

    def queue_delete(self, delete):
        self.check("configure", queue_name(delete.queue))
        queue = self.broker.queues.get(delete.queue)
        count = len(queue.messages) if queue else 0
        self.broker.drop_queue(queue)
        self.send(spec.Queue.DeleteOk(count))

    def basic_qos(self, qos):
        self.prefetch = qos.prefetch_count  # a global one is not told apart: from 4.3 it is none
        self.send(spec.Basic.QosOk())

    def basic_consume(self, consume):
        tag = consume.consumer_tag or f"amq.ctag-{next(serial)}"
        if consume.queue == DIRECT_REPLY:
            self.reply_queue, self.reply_tag = f"{DIRECT_REPLY}.{next(serial)}", tag
            self.broker.reply_channels[self.reply_queue] = self
            self.send(spec.Basic.ConsumeOk(tag))
            return
        self.check("read", queue_name(consume.queue))
        queue = self.queue(consume.queue)
        consumer = Consumer(self, queue, tag, consume.no_ack, self.prefetch)
        self.consumers[tag] = consumer
        queue.consumers.append(consumer)
        self.send(spec.Basic.ConsumeOk(tag))
        queue.deliver()

    def basic_cancel(self, cancel):
        consumer = self.consumers.pop(cancel.consumer_tag, None)
        if consumer:
            self.broker.drop_consumer(consumer)
        if not cancel.nowait:
            self.send(spec.Basic.CancelOk(cancel.consumer_tag))

    def basic_get(self, get):
        self.check("read", queue_name(get.queue))
        queue = self.queue(get.queue)
        if not queue.messages:
            self.send(spec.Basic.GetEmpty())
            return
        message = queue.messages.pop(0)
        tag = self.hold(message, queue, None, get.no_ack)
        self.send(spec.Basic.GetOk(tag, bool(message.returns), message.exchange, message.key,
                                   len(queue.messages)), message, queue)

    def basic_ack(self, ack):
        self.settle(ack.delivery_tag, ack.multiple, lambda message, queue: None)

    def basic_nack(self, nack):
        self.give_back(nack.delivery_tag, nack.multiple, nack.requeue, self.rules.nack_counts)

    def basic_reject(self, reject):
        self.give_back(reject.delivery_tag, False, reject.requeue, True)

    def give_back(self, tag, multiple, requeue, counts):
        def done(message, queue):
            if requeue:
                queue.put_back(message, counts, self.rules)
        self.settle(tag, multiple, done)

    def basic_publish(self, publish):
        self.content = (publish, None, b"", 0)

    def add_content(self, part):
        publish, properties, body, size = self.content
        if isinstance(part, frame.Header):
            properties, size = part.properties, part.body_size
        else:
            body += part.fragment
        self.content = (publish, properties, body, size)
        if len(body) >= size:
            self.content = None
            self.accept(publish, Message(publish, properties, body))

    def accept(self, publish, message):
        self.rules.check_message(len(message.body))
        self.check("write", exchange_name(publish.exchange or "amq.default"))
        if publish.exchange and publish.exchange not in self.broker.exchanges:
            raise Refusal(404, f"no {exchange_name(publish.exchange)}")
        if message.properties.reply_to == DIRECT_REPLY:
            if not self.reply_queue:
                raise Refusal(406, "fast reply consumer does not exist")
            message.properties.reply_to = self.reply_queue
        if not self.broker.route(message) and publish.mandatory:
            self.send(spec.Basic.Return(312, "NO_ROUTE", message.exchange, message.key), message)
        self.published += 1
        if self.confirms:
            self.send(spec.Basic.Ack(self.published, False))
