"""A row measures one contender at a time and sees to it that the work was done."""
from dataclasses import dataclass

BODY_BYTES = 100


@dataclass
class Sample:
    value: float  # in the row's unit
    cpu_us: float = 0.0  # for each message
    seconds: float = 0.0
    messages: int = 1  # or requests


@dataclass
class Target:
    text: str
    bound: float
    of: str = "value"  # or "cpu_us"
    who: str = "mscomm"
    against: tuple = ()  # names of peers, the best of which counts; none: the bound is absolute
    better: str = "less"


class Row:
    name = title = unit = ""
    better = "less"
    repeats = 1  # for each run: what takes milliseconds is done often
    once = False  # not again in each run
    best = "median"
    targets = ()

    def __init__(self, context):
        self.context = context
        self.queue = f"bench-{self.name}"

    @property
    def broker(self):
        return self.context.broker

    @property
    def web(self):
        return self.context.web

    def prepare(self):
        """Before the first contender."""

    def finish(self):
        """After the last one, if all went well."""

    def close(self):
        """In any case."""

    def words(self, contender, **values):
        values = {"url": self.broker.url, "host": self.broker.host, "port": self.broker.port,
                  "queue": self.queue} | values
        return contender.words(**values)


def grouped(number):
    return f"{number:,}".replace(",", " ")


def bodies(count, end=b"\n"):
    """They differ, so that an order or a loss can be seen."""
    return b"".join((b"%d " % number).ljust(BODY_BYTES, b"x") + end for number in range(count))
