#!/usr/bin/python3
"""Runs mscomm against hostile_broker.py and says which runs did not end as they should.

    hostile_runs.py MSCOMM [--every N] [--only TEXT] [--interrupt] [--verbose]

Each command meets each saying at each step of the protocol that it comes to, a row each; --every N takes each
N-th row, --only TEXT those whose name has TEXT. A row holds when the command ends by itself soon after its
--timeout, says on stderr why, with a status that is not 70 and no signal, takes no more than 64 MiB of memory
above a run of `--version`, and shows no password. With --interrupt there is no --timeout: SIGINT is sent while
the broker talks, and must end the command.
"""
import argparse
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

import hostile_broker as broker

TIMEOUT = 1.0  # seconds that a command has
SLACK = 5.0  # seconds until it counts as hanging; a loaded machine is slow
ROOM_KIB = 64 * 1024
SECRET = "hush-hush-secret"

COMMANDS = {
    "publish": ["publish", "-q", "q", "--declare", "--confirm-timeout", "800ms", "body"],
    "publish-lines": ["publish", "-q", "q", "--lines", "--confirm-timeout", "800ms"],
    "publish-unconfirmed": ["publish", "-q", "q", "--no-confirm", "body"],
    "consume": ["consume", "q"],
    "consume-declare": ["consume", "q", "--declare"],
    "consume-until-empty": ["consume", "q", "--until-empty"],
    "consume-json": ["consume", "q", "--format", "json"],
    "consume-exec": ["consume", "q", "--exec", "cat >/dev/null; sleep 0.2"],
    "consume-peek": ["consume", "q", "--peek"],
    "consume-3": ["consume", "q", "-n", "3"],
    "listen": ["fanout", "e", "--listen"],
    "emit": ["fanout", "e", "body"],
    "rpc": ["publish", "-q", "q", "--rpc", "body"],
    "probe": ["probe", "--level", "roundtrip"],
    "probe-connect": ["probe", "--level", "connect"],
}
# The steps that a command comes to besides those of a login.
STEPS = {"publish": ["declare", "publish", "goodbye"], "publish-lines": ["publish"],
         "publish-unconfirmed": ["publish", "goodbye"], "consume": ["consume", "consuming"],
         "consume-declare": ["declare"], "consume-until-empty": ["declare", "cancel"], "consume-json": ["consuming"],
         "consume-exec": ["consuming"], "consume-peek": ["consuming"], "consume-3": ["consuming"],
         "listen": ["declare", "consume", "consuming"], "emit": ["publish", "goodbye"],
         "rpc": ["consume", "consuming", "publish"], "probe": ["declare", "consume", "publish"],
         "probe-connect": []}
LOGIN = {"publish", "consume", "listen", "rpc", "probe"}  # these meet a broker that is hostile at the login


def all_rows():
    for name in COMMANDS:
        steps = STEPS[name] + (["greeting", "start-ok", "open", "channel"] if name in LOGIN else [])
        for step in steps + (["greeting"] if name == "probe-connect" else []):
            for says in broker.SAYINGS:
                yield name, step, says


def spawn(mscomm, name, port, out, err, timeout):
    words = COMMANDS[name] + (["--timeout", f"{timeout}s"] if timeout else [])
    url = f"amqp://user:{SECRET}@127.0.0.1:{port}"
    words += [url] if name.startswith("probe") else ["-u", url]
    stdin = subprocess.PIPE if name == "publish-lines" else subprocess.DEVNULL
    child = subprocess.Popen([mscomm, *words], stdin=stdin, stdout=out, stderr=err)
    if stdin == subprocess.PIPE:
        child.stdin.write(b"".join(b"%d\n" % number for number in range(1000)))
        child.stdin.close()
    return child


def wait(child, seconds):
    """(status, most memory in KiB), or None when it does not end."""
    process = os.pidfd_open(child.pid)
    try:
        end = select.poll()
        end.register(process, select.POLLIN)
        if not end.poll(seconds * 1000):
            child.kill()
            os.wait4(child.pid, 0)
            return None
    finally:
        os.close(process)
    _, status, usage = os.wait4(child.pid, 0)
    return os.waitstatus_to_exitcode(status), usage.ru_maxrss


def plain_run(mscomm):
    return wait(subprocess.Popen([mscomm, "--version"], stdout=subprocess.DEVNULL), 30)[1]


def look(name, status, rss, plain, err, interrupted):
    text = err.read().decode(errors="replace")
    faults = []
    if status == 70 or (status < 0 and not (interrupted and status == -signal.SIGINT)):
        faults.append(f"status {status}")
    if rss > plain + ROOM_KIB:
        faults.append(f"{rss // 1024} MiB")
    if SECRET in text:
        faults.append("the password is shown")
    if status not in (0, 8) and not interrupted and "mscomm: " not in text and not name.startswith("probe"):
        faults.append("no message")
    return faults, text


def run(mscomm, row, plain, interrupt):
    name, step, says = row
    listener = broker.listen(step, says)
    try:
        return meet(mscomm, name, listener.getsockname()[1], plain, interrupt)
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def meet(mscomm, name, port, plain, interrupt):
    with tempfile.TemporaryFile() as err:
        began = time.monotonic()
        child = spawn(mscomm, name, port, subprocess.DEVNULL, err, None if interrupt else TIMEOUT)
        if interrupt:
            time.sleep(0.3)
            began = time.monotonic()
            os.kill(child.pid, signal.SIGINT)  # a child that has ended is not waited for yet
        end = wait(child, TIMEOUT + SLACK)
        took = time.monotonic() - began
        if end is None:
            return ["does not end"], "", took, None
        err.seek(0)
        faults, text = look(name, *end, plain, err, interrupt)
        return faults, text, took, end


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("mscomm")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--interrupt", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    plain = plain_run(options.mscomm)
    failed = 0
    rows = [row for row in all_rows() if options.only in " ".join(row)][::options.every]
    for row in rows:
        faults, text, took, end = run(options.mscomm, row, plain, options.interrupt)
        failed += bool(faults)
        if faults or options.verbose:
            print(" ".join(row), f"({took:.2f} s, {end}):", ", ".join(faults) or "holds")
            print("\n".join("    " + line[:300] for line in text.splitlines()[:6]), flush=True)
    print(f"{len(rows)} runs, {failed} did not hold")
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
