#include "core/publish/paced_input.h"

#include <utility>

#include "core/runtime/error.h"
#include "core/runtime/poll.h"
#include "core/runtime/signals.h"

namespace mscomm {
namespace {

// The longest delay between the death of a pipeline's writer and the arrival of our own signal.
constexpr Duration kSignalLag = std::chrono::milliseconds(20);

}  // namespace

void PacedInput::start(const std::optional<double>& rate) {
  if (rate) {
    pacer_.emplace(*rate, context_.clock.now());
  }
}

void PacedInput::look_again() {
  waits_ = false;
  due_ = Deadline();
}

// Asks the source first, so that its end is known before the next message would be due.
bool PacedInput::next(Outgoing& out) {
  if (!held_back_ && !take(out)) {
    return false;
  }
  held_back_ = pacer_ && !pacer_->is_due(context_.clock.now());
  if (held_back_) {
    due_ = Deadline(pacer_->due());
    return false;
  }
  if (pacer_) {
    pacer_->took_place();
  }
  return true;
}

bool PacedInput::take(Outgoing& out) {
  switch (source_.next(out)) {
    case MessageSource::State::wait:
      waits_ = paused_ = was_late_ = true;
      return false;
    case MessageSource::State::end:
      ended_ = true;
      return false;
    case MessageSource::State::message:
      break;
  }
  refuse_a_half_message(out);
  if (pacer_ && std::exchange(was_late_, false)) {
    pacer_->was_idle_until(context_.clock.now());
  }
  return true;
}

// Ctrl-C reaches a whole pipeline, so an input that ends may have ended by its writer's death, with
// half a message. If the input ended before the first wait, the signal would have arrived long ago.
void PacedInput::refuse_a_half_message(const Outgoing& out) {
  const auto lag = paused_ ? kSignalLag : Duration::zero();
  if (out.unterminated &&
      wait_for({}, Deadline(context_.clock.now() + lag), context_.stop) == Wake::stopped) {
    throw Interrupted();
  }
}

}  // namespace mscomm
