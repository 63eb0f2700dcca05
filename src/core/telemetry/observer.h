#pragma once

#include <fmt/core.h>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/telemetry/step.h"

namespace mscomm {

/// Makes something of steps: a log, metrics, spans.
class Listener {
 public:
  virtual ~Listener() = default;
  /// Whether it is to be told of steps of this level, which have a name or are nothing but words.
  /// The answer never changes, and any thread may ask.
  [[nodiscard]] virtual bool wants(LogLevel level, bool named) const = 0;
  /// Called by one thread at a time. What the step refers to may be gone when it returns.
  virtual void on(const Step& step) = 0;
};

/// Is told every notable step of a command and passes it on to those who listen. Of a step that
/// nobody wants nothing is put together, and telling it takes no lock.
///
/// Any thread may tell once the listeners are there: they are called one thread at a time, in the
/// same order all of them.
///
///   context.observer.tell({.name = steps::kConnectionLost, .level = LogLevel::warning,
///                          .target = session.name()}, "{}; connecting again", error.what());
class Observer {
 public:
  Observer() = default;
  explicit Observer(std::unique_ptr<Listener> listener) { add(std::move(listener)); }
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  /// Before the first step is told.
  void add(std::unique_ptr<Listener> listener) { listeners_.push_back(std::move(listener)); }
  [[nodiscard]] bool has_listeners() const { return !listeners_.empty(); }

  /// Whether any listener does, see Listener::wants(). For steps that are dear to make.
  [[nodiscard]] bool wants(LogLevel level, bool named = true) const;

  /// A step without words for people.
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
  std::mutex mutex_;  // of what the listeners write and remember
};

}  // namespace mscomm
