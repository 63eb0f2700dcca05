#!/usr/bin/python3
"""Starts a command again and again and kills it at random moments.

    kills.py ROUNDS SEED LONGEST COMMAND...

{} in the command is the number of the round. The signals are SIGKILL, SIGTERM and SIGINT; the moment
is up to LONGEST seconds after the start. Prints how the rounds ended, each with its count.
Exit 1 when one ended in a way that no signal explains, or did not end within ten seconds.
"""
import collections
import random
import signal
import subprocess
import sys
import time


def one_round(command, longest, source):
    how = source.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
    after = source.uniform(0, longest)
    # A shell starts background jobs with SIGINT ignored.
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    time.sleep(after)
    process.send_signal(how)
    try:
        status = process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return f"hangs after {how.name}", False
    if status == 0:
        return "ended before", True
    return f"{how.name}: {status}", status == -how


def main():
    rounds, seed, longest, command = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), sys.argv[4:]
    source = random.Random(seed)
    ends, good = collections.Counter(), True
    for number in range(rounds):
        end, well = one_round([word.replace("{}", str(number)) for word in command], longest, source)
        ends[end] += 1
        good = good and well
    print("#", ", ".join(f"{end} {count}x" for end, count in sorted(ends.items())))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
