#include "core/runtime/poll.h"

#include <array>
#include <cerrno>
#include <ctime>
#include <optional>
#include <system_error>
#include <vector>

#include "core/runtime/error.h"
#include "core/runtime/signals.h"

namespace mscomm {
namespace {

// Absent: no limit.
std::optional<timespec> time_left(const Deadline& deadline) {
  const auto left = deadline.left(std::chrono::steady_clock::now());
  if (!left) {
    return std::nullopt;
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(*left);
  return timespec{seconds.count(), (*left - seconds).count()};
}

}  // namespace

Wake wait_for(std::span<pollfd> descriptors, const Deadline& deadline, const StopSignal& stop) {
  // A command waits for its socket, its input and a child at most: no allocation for these.
  std::array<pollfd, 8> few{};
  std::vector<pollfd> many;
  std::span<pollfd> all;
  if (descriptors.size() < few.size()) {
    all = std::span(few).first(descriptors.size() + 1);
  } else {
    many.resize(descriptors.size() + 1);
    all = many;
  }
  all[0] = {stop.fd(), POLLIN, 0};
  std::copy(descriptors.begin(), descriptors.end(), all.begin() + 1);
  int ready = 0;
  for (;;) {
    const auto left = time_left(deadline);
    ready = ppoll(all.data(), all.size(), left ? &*left : nullptr, nullptr);
    if (ready >= 0) {
      break;
    }
    if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "poll");
    }
  }
  for (std::size_t i = 0; i < descriptors.size(); ++i) {
    descriptors[i].revents = all[i + 1].revents;
  }
  if (all[0].revents != 0) {
    return Wake::stopped;
  }
  return ready > 0 ? Wake::ready : Wake::deadline;
}

bool wait_or_throw(int fd, short events, const Deadline& deadline, const StopSignal& stop) {
  pollfd one{fd, events, 0};
  switch (wait_for({&one, 1}, deadline, stop)) {
    case Wake::stopped:
      throw Interrupted();
    case Wake::deadline:
      return false;
    case Wake::ready:
      break;
  }
  return true;
}

bool is_ready(int fd, short events) {
  pollfd one{fd, events, 0};
  return poll(&one, 1, 0) > 0;
}

void sleep_or_throw(const Deadline& until, const StopSignal& stop) {
  if (wait_for({}, until, stop) == Wake::stopped) {
    throw Interrupted();
  }
}

}  // namespace mscomm
