"""Who takes part in the rows of HTTP, and where each says that its requests were answered."""
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from contenders import Contender
from machine import WORK, Failure

CONNECTIONS = 50


@dataclass
class Asker(Contender):
    """Sends many requests. What it prints is the judge of its work: answered() returns how many
    got a 2xx, and fails when any did not."""
    answered: Callable[[str], int] = None
    by_time: bool = False  # it knows no number of requests


@dataclass
class Pacer(Asker):
    """Sends them at half of what the connections can; latencies() returns p50 and p99 of the service
    time, in µs."""
    latencies: Callable[[str], tuple] = None


def single_askers(mscomm):
    return [
        Contender("mscomm", [mscomm, "get", "{url}"], ours=True),
        Contender("curl", ["curl", "-s", "{url}"]),
    ]


def single_tls_askers(mscomm):
    return [
        Contender("mscomm", [mscomm, "get", "--tls-ca", "{authority}", "{url}"], ours=True),
        Contender("curl", ["curl", "-s", "--cacert", "{authority}", "{url}"]),
    ]


def askers(mscomm):
    """One thread, keep-alive, HTTP/1.1, a request at a time on each connection, unless a note says
    otherwise."""
    return [
        Asker("mscomm", [mscomm, "get", "{url}", "-n", "{count}", "-c", CONNECTIONS,
                         "--format", "json"],
              ours=True, answered=succeeded),
        Asker("libcurl", [WORK / "libcurl_peer", "{url}", "{count}", CONNECTIONS],
              "curl_multi_socket_action and epoll", answered=counted(r"^(\d+) requests, ")),
        Asker("hey", ["hey", "-n", "{count}", "-c", CONNECTIONS, "{url}"], "a thread for each core",
              answered=counted(r"^\s+\[200\]\s+(\d+) responses$",
                               r"^\s+\[[13-9]\d\d\]|^Error distribution")),
        Asker("ab", ["ab", "-q", "-k", "-n", "{count}", "-c", CONNECTIONS, "{url}"], "HTTP/1.0",
              answered=counted(r"^Complete requests: +(\d+)$",
                               r"^(Failed requests: +[1-9]|Non-2xx|Write errors)")),
        Asker("h2load", ["h2load", "--h1", "-t1", "-n", "{count}", "-c", CONNECTIONS, "{url}"],
              answered=all_good_to_h2load),
        Asker("wrk", ["wrk", "-t1", "-c", CONNECTIONS, "-d", "{seconds}s", "{url}"],
              "for {seconds} s", answered=counted_by_wrk, by_time=True),
    ]


def pacers(mscomm):
    """wrk has no rate: half of the connections, which are always busy, are half of the load."""
    return [
        Pacer("mscomm", [mscomm, "get", "{url}", "--rate", "{rate}", "--duration", "{seconds}s",
                         "-c", CONNECTIONS, "--format", "json"],
              ours=True, answered=succeeded, latencies=service_times),
        Pacer("h2load", ["h2load", "--h1", "-t1", "-c", CONNECTIONS, "-D", "{seconds}",
                         "--rps", "{each}", "--log-file", h2load_log(), "{url}"],
              answered=all_good_to_h2load, latencies=logged_times),
        Pacer("wrk", ["wrk", "-t1", "-c", CONNECTIONS // 2, "-d", "{seconds}s", "--latency",
                      "{url}"],
              "half of the connections, no rate", answered=counted_by_wrk, latencies=wrk_times),
    ]


def capacity_meter():
    """Who tells how many requests per second can be asked on all connections."""
    return next(asker for asker in askers("") if asker.name == "wrk")


def counted(pattern, trouble=None):
    def answered(said):
        found = re.search(pattern, said, re.MULTILINE)
        if not found or found[1] == "0" or (trouble and re.search(trouble, said, re.MULTILINE)):
            raise Failure(f"not every request was answered well:\n{said[-1000:]}")
        return int(found[1])

    return answered


counted_by_wrk = counted(r"^ +(\d+) requests in ", r"Socket errors|Non-2xx")
all_good_to_h2load = counted(r"^status codes: (\d+) 2xx, 0 3xx, 0 4xx, 0 5xx$",
                             r"\b[1-9]\d* (failed|errored|timeout)\b")


def succeeded(said):
    summary = json.loads(said)
    if summary["failed"] or summary["succeeded"] != summary["requests"]:
        raise Failure(f"not every request was answered well:\n{said[-1000:]}")
    return summary["succeeded"]


def service_times(said):
    service = json.loads(said)["service_ms"]
    return 1000 * service["p50"], 1000 * service["p99"]


def wrk_times(said):
    microseconds = {"us": 1, "ms": 1e3, "s": 1e6}
    found = re.findall(r"^ +(?:50|99)% +([\d.]+)(us|ms|s)$", said, re.MULTILINE)
    if len(found) != 2:
        raise Failure(f"wrk tells no latencies:\n{said[-1000:]}")
    return tuple(float(number) * microseconds[unit] for number, unit in found)


def h2load_log():
    return WORK / "h2load.log"


def logged_times(_):
    """h2load prints no percentiles, but adds a line to its log for each request: start, status,
    µs."""
    times = sorted(int(line.split()[2]) for line in h2load_log().read_text().splitlines())
    h2load_log().unlink()
    return times[len(times) // 2], times[len(times) * 99 // 100]
