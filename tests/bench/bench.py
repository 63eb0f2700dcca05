#!/usr/bin/python3
"""Measures mscomm against its peers, alternating, on a broker and a web server of its own.

Prints a table on stdout; a timing is never a failure, wrong work is. See scripts/bench.
"""
import argparse
import contextlib
import functools
import json
import re
import signal
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass, replace

import report
from command_rows import PublishOne, RoundTrips, Start, TakeOne
from contenders import JARS
from contract_rows import OpenApi, Schema
from http_rows import GetOne, GetOneTls, Load, LoadMedian, LoadTail
from machine import ROOT, WORK, Broker, Failure, facts, run
from memory_rows import LargeBody, Memory
from stream_rows import Consume, Forward, Publish, Sends
from web_server import WebServer

# First what needs no broker: one that has nothing to do still takes some time of the processor.
ROWS = (Start, GetOne, GetOneTls, Load, LoadMedian, LoadTail, Schema, OpenApi,
        PublishOne, TakeOne, RoundTrips, Publish, Consume, Forward, Sends, Memory, LargeBody)


@dataclass
class Context:
    mscomm: str
    runs: int
    messages: int
    requests: int
    servers: contextlib.ExitStack  # which ends them

    @functools.cached_property
    def broker(self):
        return self.servers.enter_context(Broker())

    @functools.cached_property
    def web(self):
        return self.servers.enter_context(WebServer())

    @functools.cached_property
    def options_of_get(self):
        page = subprocess.run([self.mscomm, "get", "--help"], capture_output=True, text=True,
                              check=True).stdout
        return set(re.findall(r"--[a-z0-9-]+", page))


def build_peers():
    (WORK / "home").mkdir(parents=True, exist_ok=True)
    here = ROOT / "tests/bench"
    run(["cc", "-O2", "-o", WORK / "timed", here / "timed.c"])
    run(["cc", "-O2", "-o", WORK / "rabbitmqc_peer", here / "peers/rabbitmqc_peer.c", "-lrabbitmq"])
    run(["cc", "-O2", "-o", WORK / "libcurl_peer", here / "peers/libcurl_peer.c", "-lcurl"])
    run(["go", "build", "-o", WORK / "go_peer", here / "peers/go_peer.go"])
    run(["javac", "-cp", JARS, "-d", WORK, here / "peers/JavaPeer.java"])


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def able(row):
    """The contenders without those whose option mscomm does not have."""
    contenders = row.contenders()
    lacking = [one for one in contenders
               if one.needs and one.needs not in row.context.options_of_get]
    for contender in lacking:
        say(f"{row.name}: without {contender.name}, whose get has no {contender.needs}")
    return [one for one in contenders if one not in lacking]


def before_and_after(contenders, after, before):
    """mscomm alone, beside another build of it."""
    ours = [one for one in contenders if one.ours]
    return ours + [replace(one, name=f"before: {one.name}", ours=False,
                           command=[before if word == after else word for word in one.command])
                   for one in ours]


def measure(row, contenders, runs):
    """Every contender once, then every contender again, each time another one first."""
    samples = {contender.name: [] for contender in contenders}
    try:
        row.prepare()
        for turn in range(1 if row.once else runs * row.repeats):
            first = turn % len(contenders)
            for contender in contenders[first:] + contenders[:first]:
                if row.repeats == 1:
                    say(f"{row.name}, run {turn + 1}: {contender.name}")
                samples[contender.name].append(row.measure(contender))
        row.finish()
    finally:
        row.close()
    return {"name": row.name, "title": row.title, "unit": row.unit, "better": row.better,
            "best": row.best,
            "targets": [asdict(target) for target in row.targets if target.who in samples
                        and (not target.against or samples.keys() & set(target.against))],
            "contenders": [summary(c, samples[c.name]) for c in contenders]}


def summary(contender, samples):
    def figures(values):
        return {"median": statistics.median(values), "minimum": min(values), "maximum": max(values)}

    return {"name": contender.name, "note": contender.note, "ours": contender.ours,
            "samples": len(samples), "messages": samples[0].messages,
            "value": figures([sample.value for sample in samples]),
            "cpu_us": figures([sample.cpu_us for sample in samples]),
            "seconds": figures([sample.seconds for sample in samples])}


def take(options):
    kinds = [kind for kind in ROWS if re.search(options.row, kind.name)]
    if not kinds:
        raise Failure(f"no row is called {options.row}")
    build_peers()
    results = {"machine": facts(options.mscomm), "runs": options.runs, "rows": []}
    if results["machine"]["load_at_start"] > 0.5:
        say(f"the machine is busy (load {results['machine']['load_at_start']}): expect noise")
    with contextlib.ExitStack() as servers:
        context = Context(options.mscomm, options.runs, options.messages, options.requests, servers)
        for row in (kind(context) for kind in kinds):
            if options.before:
                both = before_and_after(row.contenders(), options.mscomm, options.before)
                row.contenders = lambda both=both: both
            say(row.name)
            if contenders := able(row):
                results["rows"].append(measure(row, contenders, options.runs))
    return results


def positive(text):
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def parse():
    parser = argparse.ArgumentParser(prog="scripts/bench", add_help=False)
    parser.add_argument("--mscomm", required=True)
    parser.add_argument("--before")
    parser.add_argument("--runs", type=positive, default=3)
    parser.add_argument("--messages", type=positive, default=200000)
    parser.add_argument("--requests", type=positive, default=200000)
    parser.add_argument("--row", default="")
    parser.add_argument("--json")
    parser.add_argument("--plot")
    parser.add_argument("--from", dest="source")
    parser.add_argument("--markdown", action="store_true")
    return parser.parse_args()


def main():
    options = parse()
    if options.source:
        with open(options.source, encoding="utf-8") as file:
            results = json.load(file)
    else:
        results = take(options)
    report.judge(results)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1, ensure_ascii=False)
            file.write("\n")
    print(report.markdown(results) if options.markdown else report.table(results))
    if options.plot:
        report.plot(results, options.plot)


def stop(number, _):
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
    try:
        main()
    except Failure as failure:
        sys.exit(f"bench: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
