#include "core/expression/watchdog.h"

#include <fmt/format.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "core/runtime/error.h"
#include "core/runtime/long_step.h"
#include "core/runtime/poll.h"
#include "core/runtime/process.h"
#include "core/runtime/signals.h"

namespace mscomm {
namespace {

[[noreturn]] void end(const Context& context, Wake why, const char* what) {
  if (why == Wake::stopped) {
    context.stop.re_raise();
  }
  context.log.error(Error(Exit::timeout, fmt::format("timed out while {}", what)));
  end_process(static_cast<int>(Exit::timeout));
}

}  // namespace

Watchdog::Watchdog(const Context& context, Duration grace)
    : ended_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!ended_) {
    throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  thread_ = std::thread([=, this, &context] { watch(context, grace); });
}

Watchdog::~Watchdog() {
  eventfd_write(ended_.get(), 1);
  thread_.join();
}

void Watchdog::watch(const Context& context, Duration grace) const {
  std::array ended{pollfd{ended_.get(), POLLIN, 0}};
  const auto why = wait_for(ended, context.deadline, context.stop);
  if (why == Wake::ready) {
    return;
  }
  // Not wait_for(): it would return at once after a stop signal. A step that began since then has
  // its grace, too: the command may be cleaning up.
  const auto nap = std::chrono::ceil<std::chrono::milliseconds>(grace);
  for (int ready = 0; ready <= 0;) {  // -1: EINTR
    const auto before = std::chrono::steady_clock::now();
    ready = poll(ended.data(), 1, static_cast<int>(nap.count()));
    const auto oldest = LongStep::oldest();
    if (ready == 0 && oldest && oldest->at <= before) {
      end(context, why, oldest->what);
    }
  }
}

}  // namespace mscomm
