#pragma once

#include <fmt/core.h>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/telemetry/step.h"

namespace mscomm {

/// Consumes steps: a log, metrics, spans.
class Listener {
 public:
  virtual ~Listener() = default;
  /// Whether it wants steps of this level, with a name (`named`) or with text only. The answer
  /// never changes, and any thread may ask.
  [[nodiscard]] virtual bool wants(LogLevel level, bool named) const = 0;
  /// Called by one thread at a time. The step's references are valid only during the call.
  virtual void on(const Step& step) = 0;
};

/// Receives every notable step of a command and passes it to the listeners. A step that no listener
/// wants is not formatted and takes no lock.
///
/// Any thread may tell steps once the listeners are added. Listeners are called by one thread at a
/// time, and all see the same order.
///
///   context.observer.tell({.name = steps::kConnectionLost, .level = LogLevel::warning,
///                          .target = session.name()}, "{}; connecting again", error.what());
class Observer {
 public:
  Observer() = default;
  explicit Observer(std::unique_ptr<Listener> listener) { add(std::move(listener)); }
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  ~Observer() = default;

  /// Call before the first step is told.
  void add(std::unique_ptr<Listener> listener) { listeners_.push_back(std::move(listener)); }
  [[nodiscard]] bool has_listeners() const { return !listeners_.empty(); }

  /// Whether any listener does, see Listener::wants(). Ask before building an expensive step.
  [[nodiscard]] bool wants(LogLevel level, bool named = true) const;

  /// Tells a step without text for people.
  void tell(const Step& step) {
    if (wants(step.level, !step.name.empty())) {
      deliver(step);
    }
  }

  template <class... Args>
  void tell(const Step& step, fmt::format_string<Args...> format, Args&&... args) {
    if (wants(step.level, !step.name.empty())) {
      deliver(step, StepMessage(format, fmt::make_format_args(args...)));
    }
  }

 private:
  void deliver(const Step& step);
  void deliver(Step step, StepMessage message);

  std::vector<std::unique_ptr<Listener>> listeners_;
  std::mutex mutex_;  // guards the listeners' output and state
};

}  // namespace mscomm
