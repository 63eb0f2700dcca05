#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "core/runtime/exit_code.h"

namespace mscomm {

/// Thrown when the command cannot go on. A failed item is an `Exit` in a `Tally` instead.
///
/// `what()` says what was attempted, on what, and why it failed, without a final full stop;
/// `hint()` is one sentence that says what to do, or empty.
///
/// To add context on the way up, catch `Error&`, add it, and rethrow with a bare `throw;`, which
/// keeps the type of a subclass.
class Error : public std::exception {
 public:
  Error(Exit reason, std::string message, std::string hint = {})
      : reason_(reason), message_(std::move(message)), hint_(std::move(hint)) {}

  [[nodiscard]] Exit reason() const noexcept { return reason_; }
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

  /// Puts "`context`: " before the message.
  Error& add_context(std::string_view context) {
    message_.insert(0, ": ").insert(0, context);
    return *this;
  }

  /// Sets the hint unless there is one: a hint given nearer to the cause is better.
  Error& add_hint(std::string_view hint) {
    if (hint_.empty()) {
      hint_ = hint;
    }
    return *this;
  }

 private:
  Exit reason_;
  std::string message_;
  std::string hint_;
};

/// Thrown by a wait that a signal ended; main re-raises the signal after cleaning up.
class Interrupted : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }
};

/// Thrown by a Writer whose reader closed the pipe (`| head`): a quiet stop, not an error.
class ReaderGone : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "the reader closed the pipe"; }
};

}  // namespace mscomm
