#!/usr/bin/python3
"""Kills a publisher with --resume-file again and again, then lets it end.

    resumes.py KILLS SEED LONGEST WINDOW FILE INPUT COMMAND...

Kills with SIGKILL, up to LONGEST seconds after the command has written FILE for the first time;
INPUT is its stdin. After each kill FILE must be whole and leave at most WINDOW
messages in doubt. The last line printed is how many were in doubt altogether: more cannot be in the
queue twice. Exit 1 when FILE says something else, or the last run fails.
"""
import json
import os
import random
import subprocess
import sys
import time


def record(path):
    with open(path, encoding="ascii") as file:
        return json.load(file)


def count(ranges):
    return sum(last - first + 1 for first, last in ranges)


def in_doubt(state):
    return state["sent_up_to"] - count(state["confirmed"]) - count(state["failed"])


def changed(path, before):
    try:
        return os.stat(path).st_ino != before
    except FileNotFoundError:
        return False


def kill_one(command, source, path, longest, moments):
    before = os.stat(path).st_ino if os.path.exists(path) else None
    with open(source, "rb") as file:
        process = subprocess.Popen(command, stdin=file)
    give_up = time.monotonic() + 20
    while process.poll() is None and not changed(path, before) and time.monotonic() < give_up:
        time.sleep(0.0005)
    time.sleep(moments.uniform(0, longest))
    process.kill()
    return process.wait() != 0


def main():
    kills, seed, longest, window = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    path, source, command = sys.argv[5], sys.argv[6], sys.argv[7:]
    moments, doubtful, killed, at_work, most = random.Random(seed), 0, 0, 0, 0
    done = 0
    for _ in range(kills):
        if not kill_one(command, source, path, longest, moments):
            break
        killed += 1
        state = record(path)
        doubt = in_doubt(state)
        doubtful += doubt
        most = max(most, doubt)
        at_work += count(state["confirmed"]) > done
        if doubt > window or count(state["confirmed"]) < done:
            print(f"# after kill {killed}: {doubt} in doubt, {count(state['confirmed'])} confirmed, "
                  f"{done} before")
            return 1
        done = count(state["confirmed"])
    print(f"# {killed} kills, {at_work} of them at work, after the last {done} confirmed; in doubt at "
          f"most {most} at once")
    with open(source, "rb") as file:
        ended = subprocess.run(command, stdin=file, check=False, timeout=300)
    print(doubtful)
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
