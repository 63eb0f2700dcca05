"""Many messages, published and consumed."""
import json
import re

import contenders
from machine import WORK, Failure, run, timed
from row import BODY_BYTES, Row, Sample, Target, bodies, grouped


class Publish(Row):
    name = "publish"
    unit = "messages/s"
    better = "more"
    targets = (Target("≥ 1.0 × the best peer that confirms", 1.0, against=contenders.CONFIRMING,
                      better="more"),
               Target("≤ 1.5 µs of CPU for each message", 1.5, of="cpu_us"))

    def __init__(self, context):
        super().__init__(context)
        self.title = (f"{grouped(context.messages)} lines of {BODY_BYTES} B published, confirmed, "
                      "mandatory, persistent")

    def contenders(self):
        return contenders.publishers(self.context.mscomm)

    def prepare(self):
        self.lines = WORK / "lines"
        self.lines.write_bytes(bodies(self.context.messages))

    def measure(self, contender):
        self.broker.fresh_queue(self.queue)
        with open(self.lines, "rb") as stdin:
            timing = timed(self.words(contender), stdin=stdin)
        self.broker.expect(self.queue, self.context.messages)
        return rate(timing, self.context.messages)

    def finish(self):
        self.broker.ask("delete", self.queue)


def rate(timing, messages):
    return Sample(messages / timing.seconds, 1e6 * timing.cpu_seconds / messages, timing.seconds,
                  messages)


class Consume(Row):
    name = "consume"
    unit = "messages/s"
    better = "more"
    targets = (
        Target("raw ≥ 0.95 × rabbitmq-c", 0.95, against=("rabbitmq-c",), better="more"),
        Target("json ≥ 0.8 × rabbitmq-c", 0.8, who="mscomm --format json",
               against=("rabbitmq-c",), better="more"),
        Target("raw ≤ 3 µs of CPU for each message", 3, of="cpu_us"),
    )

    def __init__(self, context):
        super().__init__(context)
        self.title = (f"{grouped(context.messages)} messages of {BODY_BYTES} B consumed to a file, "
                      "acknowledged")

    def contenders(self):
        return contenders.consumers(self.context.mscomm)

    def measure(self, contender):
        count = max(1, int(contender.share * self.context.messages))
        (WORK / "lines").write_bytes(bodies(count))
        self.broker.fresh_queue(self.queue)
        self.broker.fill(self.queue, WORK / "lines", count)
        output = WORK / "consumed"
        with open(WORK / "stdout", "wb") as stdout:
            timing = timed(self.words(contender, count=count, file=output), stdout=stdout)
        writes_file = "{file}" in contender.command
        got = (output if writes_file else WORK / "stdout").read_bytes()
        if "json" in contender.name:
            got = b"".join(json.loads(line)["body"].encode() + b"\n" for line in got.splitlines())
        if got != bodies(count, contender.end):
            raise Failure(f"{contender.name} did not write what was in the queue")
        self.broker.expect(self.queue, 0)
        return rate(timing, count)

    def finish(self):
        self.broker.ask("delete", self.queue)


class Forward(Row):
    name = "forward"
    unit = "messages/s"
    better = "more"
    targets = (Target("≥ 0.8 × publish, the slower of its halves", 0.8,
                      against=("mscomm publish",), better="more"),)

    def __init__(self, context):
        super().__init__(context)
        self.title = (f"{grouped(context.messages)} messages of {BODY_BYTES} B forwarded to another "
                      "queue of the broker")

    def contenders(self):
        return contenders.forwarders(self.context.mscomm)

    def prepare(self):
        count = self.context.messages
        lines, self.records = WORK / "lines", WORK / "records"
        lines.write_bytes(bodies(count))
        self.broker.fresh_queue(self.queue)
        self.broker.fill(self.queue, lines, count)
        run([self.context.mscomm, "consume", "-u", self.broker.url, self.queue, "-n", str(count),
             "--format", "json", "-o", self.records, "--force"])

    def measure(self, contender):
        count = self.context.messages
        publishes = contender.name == "mscomm publish"
        target = f"{self.queue}-target"
        for queue in (self.queue, target):
            self.broker.fresh_queue(queue)
        if not publishes:
            self.broker.fill(self.queue, WORK / "lines", count)
        words = self.words(contender, count=count, target=target, file=WORK / "consumed")
        with open(self.records if publishes else "/dev/null", "rb") as stdin:
            timing = timed(words, stdin=stdin)
        self.broker.expect(self.queue, 0)
        self.broker.expect(target, 0 if contender.name == "mscomm consume" else count)
        return rate(timing, count)

    def finish(self):
        self.broker.ask("delete", self.queue)
        self.broker.ask("delete", f"{self.queue}-target")


class Sends(Row):
    name = "sends"
    unit = "messages"
    better = "more"
    once = True

    def __init__(self, context):
        super().__init__(context)
        self.title = (f"{grouped(context.messages)} lines published, under strace: "
                      "messages for each send(2)")

    def contenders(self):
        everyone = contenders.publishers(self.context.mscomm)
        chosen = [c for c in everyone if c.name in
                  ("mscomm", "rabbitmq-c", "Go client", "amqp-publish -l")]
        for contender in chosen:
            contender.share = 1.0 if contender.ours else 0.1
        return chosen

    def measure(self, contender):
        count = max(1, int(contender.share * self.context.messages))
        (WORK / "lines").write_bytes(bodies(count))
        self.broker.fresh_queue(self.queue)
        trace = WORK / "trace"
        watch = ["strace", "-f", "-qq", "-y", "-s", "0", "--seccomp-bpf", "-o", trace,
                 "-e", "trace=write,writev,sendto,sendmsg"]
        with open(WORK / "lines", "rb") as stdin:
            run([*watch, *self.words(contender)], stdin)
        self.broker.expect(self.queue, count)
        with open(trace, "rb") as lines:
            calls = sum(1 for line in lines if re.search(rb"\(\d+<(socket|TCP):", line))
        return Sample(count / calls, messages=count)

    def finish(self):
        self.broker.ask("delete", self.queue)
