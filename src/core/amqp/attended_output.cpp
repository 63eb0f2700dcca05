#include "core/amqp/attended_output.h"

#include <poll.h>

#include "core/runtime/poll.h"
#include "core/runtime/signals.h"

namespace mscomm {

void AttendedOutput::write() {
  write_piece();
  if (paced_) {
    wait();
  }
}

void AttendedOutput::write_piece() {
  while (!writer_.try_flush()) {
    wait();
  }
}

// Waits until the output accepts bytes.
void AttendedOutput::wait() {
  for (;;) {
    pollfd output{writer_.fd(), POLLOUT, 0};
    const auto end = context_.deadline.min(limit_);
    const auto until = end.min(Deadline(context_.clock.now() + kCare));
    if (wait_for({&output, 1}, until, context_.stop) == Wake::stopped) {
      throw Interrupted();
    }
    if ((output.revents & POLLOUT) != 0) {
      return;
    }
    if (output.revents != 0) {
      throw ReaderGone();
    }
    if (end.passed(context_.clock.now())) {
      if (context_.stop.signal_number() != 0) {
        throw Interrupted();
      }
      throw Error(Exit::timeout, "the deadline passed while the output was blocked");
    }
    if (session_) {
      session_->keep_alive();
    }
  }
}

}  // namespace mscomm
