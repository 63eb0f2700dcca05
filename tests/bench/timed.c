/* Runs a command and says what it took, with as little of its own as possible.
 *
 *     timed REPORT COMMAND...
 *
 * Writes "wall_ns N cpu_us N rss_kib N status N" to the file REPORT: from the fork to the end of
 * the command, the processor time of it and of the children it waited for (user and system), the
 * most memory that it held, and its status as a shell has it (128 + n for a signal).
 *
 * In C because a child's peak of memory starts with that of the process it was forked from, and
 * because a Python that is started for each command would take longer than the command.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static long long microseconds(struct timeval time) {
  return time.tv_sec * 1000000LL + time.tv_usec;
}

int main(int count, char** arguments) {
  if (count < 3) {
    fputs("usage: timed REPORT COMMAND...\n", stderr);
    return 2;
  }
  FILE* report = fopen(arguments[1], "we");
  if (report == NULL) {
    perror(arguments[1]);
    return 2;
  }
  signal(SIGPIPE, SIG_DFL); /* which Python ignores */
  const long long start = nanoseconds();
  const pid_t child = fork();
  if (child == 0) {
    execvp(arguments[2], arguments + 2);
    perror(arguments[2]);
    _exit(127);
  }
  int status = 0;
  struct rusage usage;
  if (child < 0 || wait4(child, &status, 0, &usage) != child) {
    perror("timed");
    return 2;
  }
  const long long end = nanoseconds();
  fprintf(report, "wall_ns %lld cpu_us %lld rss_kib %ld status %d\n", end - start,
          microseconds(usage.ru_utime) + microseconds(usage.ru_stime), usage.ru_maxrss,
          WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
  return fclose(report) == 0 ? 0 : 2;
}
