#include "core/telemetry/observer.h"

#include <algorithm>

namespace mscomm {

bool Observer::wants(LogLevel level, bool named) const {
  return std::ranges::any_of(listeners_,
                             [&](const auto& listener) { return listener->wants(level, named); });
}

void Observer::deliver(const Step& step) {
  const std::lock_guard lock(mutex_);
  for (const auto& listener : listeners_) {
    if (listener->wants(step.level, !step.name.empty())) {
      listener->on(step);
    }
  }
}

void Observer::deliver(Step step, StepMessage message) {
  step.message = message;
  deliver(step);
}

}  // namespace mscomm
