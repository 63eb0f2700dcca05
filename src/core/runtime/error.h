#pragma once

#include <stdexcept>
#include <string>

#include "core/runtime/exit_code.h"

namespace mscomm {

/// Thrown when the command cannot go on. An item that failed is an `Exit` in a `Tally` instead.
///
/// `what()` says what was attempted, on what, and why it failed, without a final full stop;
/// `hint()` is one sentence that says what to do, or empty.
class Error : public std::runtime_error {
 public:
  Error(Exit reason, const std::string& message, std::string hint = {})
      : std::runtime_error(message), reason_(reason), hint_(std::move(hint)) {}

  [[nodiscard]] Exit reason() const noexcept { return reason_; }
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

 private:
  Exit reason_;
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
