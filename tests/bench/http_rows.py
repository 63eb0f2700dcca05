"""Calls of an HTTP service: one, many, and many at a rate."""
import functools

import http_contenders
from http_contenders import CONNECTIONS
from machine import WORK, Failure, timed
from row import Row, Sample, Target, grouped
from web_server import BODY

BY_TIME_SECONDS = 3
PACED_SECONDS = 10


def output_of(words):
    """How long the command took, and what it printed."""
    said = WORK / "said"
    with open(said, "wb") as stdout:
        timing = timed(words, stdout=stdout)
    return timing, said.read_bytes()


class GetOne(Row):
    name = "get-one"
    title = f"one request: connect, {len(BODY)} B of JSON, close"
    unit = "ms"
    repeats = 30
    targets = (Target("≤ 1.0 × curl", 1.0, against=("curl",)),)

    def contenders(self):
        return http_contenders.single_askers(self.context.mscomm)

    def url(self):
        return self.web.url()

    def measure(self, contender):
        timing, said = output_of(contender.words(url=self.url(), authority=self.web.authority))
        if said != BODY:
            raise Failure(f"{contender.name} did not print what the server has sent")
        return Sample(1e3 * timing.seconds, 1e6 * timing.cpu_seconds, timing.seconds)


class GetOneTls(GetOne):
    name = "get-one-tls"
    title = "the same over TLS, the server's certificate verified"

    def contenders(self):
        return http_contenders.single_tls_askers(self.context.mscomm)

    def url(self):
        return self.web.tls_url()


def ask_many(asker, **values):
    """Returns how long it took, how many were answered, and what it printed."""
    timing, said = output_of(asker.words(**values))
    said = said.decode()
    return timing, asker.answered(said), said


class Load(Row):
    name = "load"
    unit = "requests/s"
    better = "more"
    targets = (
        Target("≥ 0.9 × the bare libcurl loop", 0.9, against=("libcurl",), better="more"),
        Target("≥ 1.0 × hey", 1.0, against=("hey",), better="more"),
        Target("≤ 0.5 × hey's CPU for each request", 0.5, of="cpu_us", against=("hey",)),
    )

    def __init__(self, context):
        super().__init__(context)
        # hey leaves out what is no multiple of its connections.
        self.requests = -(-context.requests // CONNECTIONS) * CONNECTIONS
        self.title = (f"{grouped(self.requests)} requests on {CONNECTIONS} connections, kept, "
                      f"{len(BODY)} B of JSON each")

    def contenders(self):
        askers = http_contenders.askers(self.context.mscomm)
        for asker in askers:
            asker.note = asker.note.format(seconds=BY_TIME_SECONDS)
        return askers

    def measure(self, contender):
        timing, answered, _ = ask_many(contender, url=self.web.url(), count=self.requests,
                                       seconds=BY_TIME_SECONDS)
        if answered != self.requests and not contender.by_time:
            raise Failure(f"{contender.name}: {answered} of {self.requests} requests answered")
        return Sample(answered / timing.seconds, 1e6 * timing.cpu_seconds / answered,
                      timing.seconds, answered)


@functools.cache
def half_of_the_connections(url):
    """How many requests per second keep half of them busy; measured once, so that rows can be
    compared."""
    meter = http_contenders.capacity_meter()
    timing, answered, _ = ask_many(meter, url=url, seconds=BY_TIME_SECONDS)
    return answered / timing.seconds / 2


class LoadLatency(Row):
    """The time that a request takes at half of what can be asked on the connections."""

    unit = "µs"
    quantile = ""

    @property
    def targets(self):
        return [target for peer in ("h2load", "wrk") for target in
                (Target(f"{self.quantile} ≥ 0.8 × {peer}'s", 0.8, against=(peer,), better="more"),
                 Target(f"{self.quantile} ≤ 1.2 × {peer}'s", 1.2, against=(peer,)))]

    def contenders(self):
        return http_contenders.pacers(self.context.mscomm)

    def prepare(self):
        http_contenders.h2load_log().unlink(missing_ok=True)
        self.each = half_of_the_connections(self.web.url("works")) / CONNECTIONS
        self.rate = round(self.each * CONNECTIONS)
        self.title = (f"{self.quantile} of the service time at {grouped(self.rate)} requests/s, "
                      f"half of what {CONNECTIONS} connections can")

    def measure(self, contender):
        timing, answered, said = ask_many(
            contender, url=self.web.url("works"), rate=self.rate, each=self.each,
            seconds=PACED_SECONDS)
        median, tail = contender.latencies(said)
        return Sample(median if self.quantile == "p50" else tail,
                      1e6 * timing.cpu_seconds / answered, timing.seconds, answered)


class LoadMedian(LoadLatency):
    name = "load-latency-p50"
    quantile = "p50"


class LoadTail(LoadLatency):
    name = "load-latency-p99"
    quantile = "p99"
