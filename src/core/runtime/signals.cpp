#include "core/runtime/signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace mscomm {
namespace {

constexpr std::array kStopSignals{SIGINT, SIGTERM, SIGHUP};

// A signal handler can reach its data only through globals; only one instance writes them.
volatile std::sig_atomic_t first_signal = 0;
int write_end = -1;

void on_signal(int number);

// Restores only handlers set by us: a signal ignored at the start stays ignored. Runs in the
// handler, so it calls only async-signal-safe functions.
void restore_default_actions() {
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  for (const int number : kStopSignals) {
    struct sigaction current {};
    sigaction(number, nullptr, &current);
    if (current.sa_handler == on_signal) {
      sigaction(number, &by_default, nullptr);
    }
  }
}

void on_signal(int number) {
  const int saved_errno = errno;
  if (first_signal == 0) {
    first_signal = number;
  }
  restore_default_actions();
  [[maybe_unused]] const auto written = write(write_end, "!", 1);
  errno = saved_errno;
}

}  // namespace

StopSignal::StopSignal() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  read_end_ = UniqueFd(ends[0]);
  write_end_ = UniqueFd(ends[1]);
  write_end = write_end_.get();
  struct sigaction handler {};
  handler.sa_handler = on_signal;
  for (const int number : kStopSignals) {
    struct sigaction before {};
    sigaction(number, nullptr, &before);
    // nohup and background jobs of a plain sh ignore signals on purpose; keep that.
    if (before.sa_handler != SIG_IGN) {
      sigaction(number, &handler, nullptr);
    }
  }
  std::signal(SIGPIPE, SIG_IGN);
  // A file that may not grow (ulimit -f) is an error of its write, as a full disk is.
  std::signal(SIGXFSZ, SIG_IGN);
  // While SIGCHLD is ignored, which is inherited, the kernel keeps no exit status for waitpid(2).
  std::signal(SIGCHLD, SIG_DFL);
}

StopSignal::~StopSignal() {
  restore_default_actions();
  write_end = -1;
}

int StopSignal::signal_number() const noexcept { return first_signal; }

void StopSignal::acknowledge() const noexcept {
  std::array<char, 16> sink{};
  while (read(read_end_.get(), sink.data(), sink.size()) > 0) {
  }
}

void StopSignal::re_raise() const noexcept {
  if (first_signal == 0) {
    return;
  }
  std::signal(first_signal, SIG_DFL);
  std::raise(first_signal);
}

}  // namespace mscomm
