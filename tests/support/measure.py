#!/usr/bin/python3
"""Runs a command and says how it ended, which a shell cannot tell exactly.

    measure.py REPORT COMMAND...

Writes `exit N` or `signal N` and `rss_kib N`, the most memory that it held, a line each. The
command's pid is in REPORT.pid as long as it runs. It has the caller's stdin, stdout and stderr.
"""
import os
import signal
import sys


def main():
    report, command = sys.argv[1], sys.argv[2:]
    # A shell starts background jobs with SIGINT ignored, and Python ignores SIGPIPE.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        try:
            os.execvp(command[0], command)
        finally:
            os._exit(127)
    # The signal of a terminal's Ctrl-C is for the command.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with open(report + ".new", "w") as file:
        file.write(f"{pid}\n")
    os.rename(report + ".new", report + ".pid")
    _, status, usage = os.wait4(pid, 0)
    os.remove(report + ".pid")
    if os.WIFSIGNALED(status):
        end = f"signal {os.WTERMSIG(status)}"
    else:
        end = f"exit {os.WEXITSTATUS(status)}"
    with open(report, "w") as file:
        file.write(f"{end}\nrss_kib {usage.ru_maxrss}\n")


if __name__ == "__main__":
    main()
