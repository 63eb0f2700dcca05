"""What takes milliseconds: the start of a program, one message, its round trips."""
import subprocess

import contenders
from machine import PYTHON, ROOT, WORK, Failure, timed
from row import Row, Sample, Target

DELAY_MS = 50


class Start(Row):
    name = "start"
    title = "the start of a program: --version"
    unit = "ms"
    repeats = 30
    targets = (Target("≤ 3 ms", 3),)

    def contenders(self):
        return contenders.starters(self.context.mscomm)

    def measure(self, contender):
        timing = timed(contender.words())
        return Sample(1e3 * timing.seconds, 1e6 * timing.cpu_seconds, timing.seconds)


class PublishOne(Row):
    name = "publish-one"
    title = "one message published: connect, publish, close"
    unit = "ms"
    repeats = 20
    targets = (Target("≤ 1.0 × amqp-publish", 1.0, against=("amqp-publish",)),)

    def contenders(self):
        return contenders.single_publishers(self.context.mscomm)

    def prepare(self):
        self.broker.fresh_queue(self.queue)
        self.sent = 0

    def measure(self, contender):
        timing = timed(self.words(contender))
        self.sent += 1
        return Sample(1e3 * timing.seconds, 1e6 * timing.cpu_seconds, timing.seconds)

    def finish(self):
        self.broker.expect(self.queue, self.sent)
        self.broker.ask("delete", self.queue)


class TakeOne(Row):
    name = "take-one"
    title = "one message taken: connect, take, acknowledge, close"
    unit = "ms"
    repeats = 20
    targets = (Target("≤ 1.1 × amqp-get", 1.1, against=("amqp-get",)),)

    def contenders(self):
        return contenders.single_takers(self.context.mscomm)

    def prepare(self):
        count = self.repeats * self.context.runs * len(self.contenders())
        self.broker.fresh_queue(self.queue)
        self.broker.ask("fill", self.queue, str(count))
        self.taken = 0

    def measure(self, contender):
        with open(WORK / "taken", "wb") as stdout:
            timing = timed(self.words(contender), stdout=stdout)
        self.taken += 1
        expected = b"%d" % self.taken + contender.end
        if (WORK / "taken").read_bytes() != expected:
            raise Failure(f"{contender.name} did not print {expected!r}")
        return Sample(1e3 * timing.seconds, 1e6 * timing.cpu_seconds, timing.seconds)

    def finish(self):
        self.broker.expect(self.queue, 0)
        self.broker.ask("delete", self.queue)


class RoundTrips(Row):
    name = "round-trips"
    title = f"round trips for one publish, {DELAY_MS} ms each way, connecting included"
    unit = "round trips"
    repeats = 3
    best = "minimum"  # a delay that the machine adds is no round trip
    targets = (Target("≤ 6, rounded", 6.5),)  # the rest is the time of the proxy and the machine

    proxy = None

    def contenders(self):
        return contenders.single_publishers(self.context.mscomm)

    def prepare(self):
        self.broker.fresh_queue(self.queue)
        self.sent = 0
        self.proxy = subprocess.Popen(
            [PYTHON, ROOT / "tests/support/delay_proxy.py", "0",
             f"{self.broker.host}:{self.broker.port}", str(DELAY_MS)], stdout=subprocess.PIPE)
        self.port = self.proxy.stdout.readline().decode().strip()
        # What the command takes without a delay is none of its round trips.
        self.local = {}
        for _ in range(self.context.runs * self.repeats):
            for contender in self.contenders():
                took = self.publish(contender, self.broker.url)
                self.local[contender.name] = min(took, self.local.get(contender.name, took))

    def publish(self, contender, url):
        timing = timed(self.words(contender, url=url))
        self.sent += 1
        return timing.seconds

    def measure(self, contender):
        far = f"amqp://guest:guest@127.0.0.1:{self.port}"
        seconds = self.publish(contender, far)
        trip = 2 * DELAY_MS / 1000
        return Sample((seconds - self.local[contender.name]) / trip, seconds=seconds)

    def finish(self):
        self.broker.expect(self.queue, self.sent)
        self.broker.ask("delete", self.queue)

    def close(self):
        if self.proxy:
            self.proxy.kill()
            self.proxy.wait()
