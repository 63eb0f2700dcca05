#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <new>
#include <system_error>

#include "commands/line/cli.h"
#include "core/runtime/environment.h"
#include "core/runtime/exit_code.h"
#include "core/runtime/process.h"
#include "core/runtime/signals.h"
#include "core/runtime/text.h"

namespace {

// A socket must never land on a standard descriptor that was closed. What takes its place can only
// be used in the wrong direction, so that reading or writing data still fails (EBADF).
void occupy_closed_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) {
      // open() returns the lowest number that is free: fd itself.
      [[maybe_unused]] const int opened =
          open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
}

int report_bug(const char* what) try {
  fmt::print(stderr,
             "mscomm: internal error: {}\nhint: this is a bug in mscomm, please report it\n",
             mscomm::in_one_line(what));
  return static_cast<int>(mscomm::Exit::internal);
} catch (const std::bad_alloc&) {
  return static_cast<int>(mscomm::Exit::internal);
}

// Before anything runs, or when not even that can be told: it takes no memory.
int report_shortage(const char* what) {
  for (const char* part : {"mscomm: the system refuses: ", what,
                           "\nhint: 'ulimit -a' shows the limits of this shell\n"}) {
    std::fputs(part, stderr);
  }
  return static_cast<int>(mscomm::Exit::io);
}

}  // namespace

int main(int count, char** arguments) {
  occupy_closed_descriptors();
  try {
    const auto environment = mscomm::Environment::capture();
    const mscomm::StopSignal stop;
    const int status =
        mscomm::run_cli({arguments, static_cast<std::size_t>(count)}, environment, stop);
    stop.re_raise();
    mscomm::end_process(status);
  } catch (const std::bad_alloc&) {
    return report_shortage("out of memory");
  } catch (const std::system_error& refused) {
    return report_shortage(refused.what());
  } catch (const std::exception& bug) {
    return report_bug(bug.what());
  } catch (...) {
    return report_bug("an exception of an unknown type");
  }
}
