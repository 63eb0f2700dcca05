#!/usr/bin/python3
"""What became of numbered messages, in Jepsen's words:  counters.py ATTEMPTED ACKNOWLEDGED READ

ATTEMPTED is how many were given to a publisher, as the numbers from 1 on. ACKNOWLEDGED is a file
with the numbers that the broker confirmed, READ one with all that was read afterwards, a number a
line. --resent N is how many may be there twice, --lost N how many may be lost (0).

Prints the counters. Exit 1 when more was lost or is there twice than may be, or was never sent.
"""
import argparse
import collections
import sys


def numbers(path):
    with open(path, encoding="ascii") as file:
        return [int(line) for line in file]


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("attempted", type=int)
    parser.add_argument("acknowledged")
    parser.add_argument("read")
    parser.add_argument("--resent", type=int, default=0)
    parser.add_argument("--lost", type=int, default=0)
    options = parser.parse_args()
    acknowledged = set(numbers(options.acknowledged))
    read = collections.Counter(numbers(options.read))
    lost = acknowledged - read.keys()
    duplicated = sum(read.values()) - len(read)
    unexpected = [n for n in read if not 1 <= n <= options.attempted]
    print(f"# attempted {options.attempted}, acknowledged {len(acknowledged)}, lost {len(lost)}, "
          f"duplicated {duplicated}, recovered {len(read.keys() - acknowledged)}, "
          f"unexpected {len(unexpected)}; resent {options.resent}")
    for name, found in (("lost", sorted(lost)), ("unexpected", unexpected)):
        if found:
            print(f"# {name}: {found[:20]}")
    return int(len(lost) > options.lost or duplicated > options.resent or bool(unexpected))


if __name__ == "__main__":
    sys.exit(main())
