"""What a measurement stands on: timed commands, a broker of its own, facts of the machine."""
import os
import pathlib
import platform
import signal
import subprocess
import time
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "bench"
PYTHON = "/usr/bin/python3"  # where Debian's pika is
# No command of ours takes so long; one that hangs is a failure, not a wait without end.
COMMAND_SECONDS = 1800


class Failure(Exception):
    """A command failed, or has not done what it was to do."""


@dataclass
class Timing:
    seconds: float
    cpu_seconds: float
    peak_mib: float


def environment():
    """The caller's settings must not decide what is measured."""
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
            "HOME": str(WORK / "home"), "GO111MODULE": "off",
            "GOPATH": "/usr/share/gocode", "GOCACHE": str(WORK / "go-cache")}


def finish(process, command):
    try:
        return process.wait(COMMAND_SECONDS)
    except subprocess.TimeoutExpired:
        raise Failure(f"does not end: {' '.join(command)}") from None
    finally:
        if process.returncode is None:
            # It leads a group of its own, so that nothing stays behind that it has started.
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL):
    """Runs to the end; a status other than 0 is a Failure with what it said."""
    command = [str(word) for word in command]
    log = WORK / "stderr"
    with open(log, "wb") as stderr:
        process = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, cwd=WORK,
                                   env=environment(), start_new_session=True)
        status = finish(process, command)
    if status != 0:
        said = log.read_text(errors="replace")[-1000:]
        raise Failure(f"status {status}: {' '.join(command)}\n{said}")


def timed(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL):
    report = WORK / "timing"
    run([WORK / "timed", report, *command], stdin, stdout)
    words = report.read_text().split()
    facts = dict(zip(words[::2], map(int, words[1::2])))
    if facts["status"] != 0:
        said = (WORK / "stderr").read_text(errors="replace")[-1000:]
        raise Failure(f"status {facts['status']}: {' '.join(map(str, command))}\n{said}")
    return Timing(facts["wall_ns"] / 1e9, facts["cpu_us"] / 1e6, facts["rss_kib"] / 1024)


class Broker:
    """A RabbitMQ that nobody else uses, and what is done to its queues without mscomm."""

    def __init__(self):
        self.folder = WORK / f"broker-{os.getpid()}"

    def __enter__(self):
        run([ROOT / "scripts/broker", "start", "--dir", self.folder])
        settings = dict(line.split("=", 1) for line in
                        (self.folder / "env").read_text().splitlines() if "=" in line)
        self.url = settings["AMQP_URL"].strip("'")
        self.host, self.port = self.url.rpartition("@")[2].split(":")
        self.pid = int(settings["BROKER_PIDS"].strip("'"))
        return self

    def __exit__(self, *_):
        run([ROOT / "scripts/broker", "stop", "--dir", self.folder])

    def ask(self, *words):
        answer = WORK / "answer"
        with open(answer, "wb") as stdout:
            run([PYTHON, ROOT / "tests/support/amqp.py", "-u", self.url, *words], stdout=stdout)
        return answer.read_text().strip()

    def fresh_queue(self, name):
        """Durable, classic and empty; what an earlier one has left behind is gone with it."""
        self.ask("delete", name)
        self.settle()
        self.ask("declare", name, "--durable")

    def expect(self, queue, count):
        """The queue holds exactly so many; what was sent without a confirm may need a moment."""
        deadline = time.monotonic() + 10
        while (there := int(self.ask("count", queue))) != count:
            if time.monotonic() > deadline or there > count:
                raise Failure(f"{there} messages in the queue, {count} expected")
            time.sleep(0.1)

    def fill(self, queue, lines, count):
        with open(lines, "rb") as stdin:
            run([WORK / "rabbitmqc_peer", self.host, self.port, "publish", queue], stdin=stdin)
        self.expect(queue, count)
        self.settle()

    def settle(self):
        """Waits until it has done what the last command left it to do, for 10 s at most."""
        deadline = time.monotonic() + 10
        before = self.ticks()
        while time.monotonic() < deadline:
            time.sleep(0.25)
            now = self.ticks()
            if now - before <= 3:  # of 25
                return
            before = now

    def ticks(self):
        stat = pathlib.Path(f"/proc/{self.pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False,
                              env=environment()).stdout.partition("\n")[0].strip()
    except OSError:
        return "unknown"


def version_of(package):
    return first_line("dpkg-query", "-W", "-f", "${Version}", package)


def facts(mscomm):
    """What must stand beside a number."""
    model = [line.partition(":")[2].strip() for line in open("/proc/cpuinfo", encoding="ascii")
             if line.startswith("model name")]
    packages = ["nginx", "libnginx-mod-http-echo", "libcurl4", "curl", "wrk", "hey", "apache2-utils", "nghttp2-client",
                "rabbitmq-server", "librabbitmq4", "amqp-tools", "python3-pika", "golang-go",
                "golang-github-rabbitmq-amqp091-go-dev", "librabbitmq-client-java",
                "openjdk-17-jre-headless"]
    return {"date": time.strftime("%Y-%m-%d"), "cores": os.cpu_count(),
            "processor": model[0] if model else platform.machine(),
            "kernel": platform.release(), "load_at_start": round(os.getloadavg()[0], 2),
            "mscomm": first_line(mscomm, "--version"),
            "commit": first_line("git", "-C", str(ROOT), "describe", "--always", "--dirty"),
            "packages": {package: version_of(package) for package in packages}}
