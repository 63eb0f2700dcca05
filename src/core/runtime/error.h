#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "core/runtime/exit_code.h"

namespace mscomm {

/// Thrown when the command cannot go on. An item that failed is an `Exit` in a `Tally` instead.
///
/// `what()` says what was attempted, on what, and why it failed, without a final full stop;
/// `hint()` is one sentence that says what to do, or empty.
///
/// Whoever knows more about a failure on its way up catches `Error&`, adds it, and rethrows with a
/// bare `throw;`: a subclass stays a subclass.
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

  /// Sets the hint if there is none: the one that was given nearer to the cause is the better one.
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

/// Thrown by a wait that a signal ended; main re-raises the signal after everything is cleaned up.
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
