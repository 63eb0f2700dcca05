"""The most memory that is held while many messages, or a large one, go through."""
import contextlib
import subprocess

import contenders
from contenders import Contender
from machine import WORK, Failure, run, timed
from row import BODY_BYTES, Row, Sample, Target, bodies, grouped

LARGE_BODY_BYTES = 100 * 1000 * 1000


class Memory(Row):
    """Through pipes on both sides, which is where a program that cannot wait would hoard."""

    name = "memory"
    unit = "MiB"
    once = True

    def __init__(self, context):
        super().__init__(context)
        self.many, self.few = 5 * context.messages, context.messages // 2
        self.title = f"peak of memory, {grouped(self.many)} messages through pipes"
        self.targets = tuple(Target(f"≤ 20 MiB: {verb}", 20, who=f"mscomm {verb}")
                             for verb in ("publish", "consume"))

    def contenders(self):
        publish = contenders.publishers(self.context.mscomm)[0].command
        consume = [self.context.mscomm, "consume", "-u", "{url}", "{queue}", "-n", "{count}"]
        flat = f"{grouped(self.few)} messages"
        return [Contender("mscomm publish", publish, ours=True),
                Contender("mscomm publish, fewer", publish, flat, ours=True),
                Contender("mscomm consume", consume, ours=True),
                Contender("mscomm consume, fewer", consume, flat, ours=True)]

    def measure(self, contender):
        count = self.few if "fewer" in contender.name else self.many
        self.broker.fresh_queue(self.queue)
        lines = WORK / "lines"
        lines.write_bytes(bodies(count))
        words = self.words(contender, count=count)
        if "publish" in contender.name:
            with piped(["cat", lines], stdout=subprocess.PIPE) as writer:
                timing = timed(words, stdin=writer.stdout)
            self.broker.expect(self.queue, count)
        else:
            self.broker.fill(self.queue, lines, count)
            with open(WORK / "lines-read", "wb") as result, \
                    piped(["wc", "-l"], stdin=subprocess.PIPE, stdout=result) as reader:
                timing = timed(words, stdout=reader.stdin)
            if int((WORK / "lines-read").read_text()) != count:
                raise Failure("not as many lines as there were messages")
            self.broker.expect(self.queue, 0)
        return Sample(timing.peak_mib, 1e6 * timing.cpu_seconds / count, timing.seconds, count)

    def finish(self):
        self.broker.ask("delete", self.queue)


@contextlib.contextmanager
def piped(command, **streams):
    """The other end of a pipe, as long as the body runs; waited for at the end."""
    process = subprocess.Popen(command, **streams)
    try:
        yield process
    except BaseException:
        process.kill()
        raise
    finally:
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        process.wait()


class LargeBody(Row):
    name = "large-body"
    title = f"peak of memory, one body of {LARGE_BODY_BYTES // 10**6} MB"
    unit = "MiB"
    once = True
    targets = (Target("≤ 20 MiB: publish", 20, who="mscomm publish"),
               Target("≤ 20 MiB: consume", 20, who="mscomm consume"))

    def contenders(self):
        mscomm = self.context.mscomm
        publish = [mscomm, "publish", "-u", "{url}", "-q", "{queue}", "--file", "{file}"]
        consume = [mscomm, "consume", "-u", "{url}", "{queue}", "-n", "1", "--delimiter", ""]
        return [Contender("mscomm publish", publish, ours=True),
                Contender("mscomm consume", consume, ours=True),
                Contender("amqp-publish", ["amqp-publish", "-u", "{url}", "-r", "{queue}"]),
                Contender("amqp-get", ["amqp-get", "-u", "{url}", "-q", "{queue}"])]

    def prepare(self):
        self.body = WORK / "body"
        with open(self.body, "wb") as file:
            for number in range(LARGE_BODY_BYTES // BODY_BYTES):
                file.write(str(number).encode().rjust(BODY_BYTES))

    def measure(self, contender):
        self.broker.fresh_queue(self.queue)
        words = self.words(contender, file=self.body)
        if "publish" in contender.name:
            with open(self.body, "rb") as stdin:
                timing = timed(words, stdin=stdin)
            self.broker.expect(self.queue, 1)
        else:
            with open(self.body, "rb") as stdin:
                run(["amqp-publish", "-u", self.broker.url, "-r", self.queue], stdin)
            self.broker.expect(self.queue, 1)
            with open(WORK / "stdout", "wb") as stdout:
                timing = timed(words, stdout=stdout)
            run(["cmp", self.body, WORK / "stdout"])
            self.broker.expect(self.queue, 0)
        return Sample(timing.peak_mib, seconds=timing.seconds)

    def finish(self):
        self.broker.ask("delete", self.queue)

    def close(self):
        for name in ("body", "stdout"):
            (WORK / name).unlink(missing_ok=True)
