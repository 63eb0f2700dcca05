"""Who takes part: how each is called, and how it confirms."""
from dataclasses import dataclass

from machine import PYTHON, ROOT, WORK

JARS = "/usr/share/java/amqp-client.jar:/usr/share/java/slf4j-api.jar:/usr/share/java/slf4j-nop.jar"
PEERS = ROOT / "tests/bench/peers"


CONFIRMING = ("rabbitmq-c", "Go client", "Java client", "pika")


@dataclass
class Contender:
    name: str
    command: list  # with {url} {host} {port} {queue} {count} {file} to be filled in
    note: str = ""
    share: float = 1.0  # of the row's messages, for who would take minutes otherwise
    ours: bool = False
    end: bytes = b"\n"  # what it prints after a body
    needs: str = ""  # the option of mscomm get without which it cannot take part

    def words(self, **values):
        return [str(word).format(**values) for word in self.command]


def compiled(program, verb):
    return [WORK / program, "{host}", "{port}", *verb]


def java(verb):
    return ["/usr/bin/java", "-cp", f"{WORK}:{JARS}", "JavaPeer", "{host}", "{port}", *verb]


def pika(verb):
    return [PYTHON, PEERS / "pika_peer.py", "{host}", "{port}", *verb]


def starters(mscomm):
    return [
        Contender("mscomm", [mscomm, "--version"], ours=True),
        Contender("amqp-publish", ["amqp-publish", "--help"], "linked with rabbitmq-c"),
        Contender("curl", ["curl", "--version"], "linked with libcurl"),
        Contender("true", ["/bin/true"], "linked with libc only"),
    ]


def single_publishers(mscomm):
    return [
        Contender("mscomm", [mscomm, "publish", "-u", "{url}", "-q", "{queue}", "Hello World!"],
                  "confirmed, mandatory", ours=True),
        Contender("amqp-publish",
                  ["amqp-publish", "-u", "{url}", "-r", "{queue}", "-p", "-b", "Hello World!"],
                  "unconfirmed, not mandatory"),
    ]


def single_takers(mscomm):
    return [
        Contender("mscomm", [mscomm, "consume", "-u", "{url}", "{queue}", "-n", "1"],
                  "acknowledged after the write", ours=True),
        Contender("amqp-get", ["amqp-get", "-u", "{url}", "-q", "{queue}"],
                  "acknowledged before the write", end=b""),
    ]


def publishers(mscomm):
    """Persistent, mandatory, and confirmed with a window of 1000, unless a note says otherwise."""
    verb = ["publish", "{queue}"]
    return [
        Contender("mscomm", [mscomm, "publish", "-u", "{url}", "-q", "{queue}", "--lines"],
                  "each with a message id", ours=True),
        Contender("rabbitmq-c", compiled("rabbitmqc_peer", verb)),
        Contender("Go client", compiled("go_peer", verb)),
        Contender("Java client", java(verb), "with the start of its JVM"),
        Contender("pika", pika(verb), "asynchronous"),
        Contender("amqp-publish -l", ["amqp-publish", "-u", "{url}", "-r", "{queue}", "-p", "-l"],
                  "unconfirmed, not mandatory"),
    ]


def forwarders(mscomm):
    """And what does one half of the work."""
    return [
        Contender("mscomm", [mscomm, "consume", "-u", "{url}", "{queue}", "--to", "{target}",
                             "-n", "{count}"], "acknowledged when the copy is confirmed", ours=True),
        Contender("mscomm publish", [mscomm, "publish", "-u", "{url}", "-q", "{target}", "--jsonl"],
                  "the records, confirmed"),
        Contender("mscomm consume", [mscomm, "consume", "-u", "{url}", "{queue}", "-n", "{count}",
                                     "--format", "json", "-o", "{file}", "--force"], "records"),
    ]


def consumers(mscomm):
    """Acknowledged after the write, in batches, unless a note says otherwise."""
    verb = ["consume", "{queue}", "{count}"]
    ours = [mscomm, "consume", "-u", "{url}", "{queue}", "-n", "{count}",
            "-o", "{file}", "--force"]
    return [
        Contender("mscomm", ours, ours=True),
        Contender("mscomm --format json", [*ours, "--format", "json"], "whole records", ours=True),
        Contender("rabbitmq-c", compiled("rabbitmqc_peer", verb)),
        Contender("Go client", compiled("go_peer", verb)),
        Contender("Java client", java(verb), "with the start of its JVM"),
        Contender("pika", pika(verb)),
        Contender("amqp-consume", ["amqp-consume", "-u", "{url}", "-q", "{queue}", "-p", "1000",
                                   "-c", "{count}", "cat"],
                  "a process and an acknowledgement for each", share=0.02, end=b""),
    ]
