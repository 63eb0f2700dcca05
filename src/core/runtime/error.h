#pragma once

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

  /// The message without the lines of add_line(). Line feeds in it come from outside.
  [[nodiscard]] std::string_view head() const noexcept {
    return std::string_view(message_).substr(0, message_.size() - tail_);
  }
  /// The lines below; a line feed in one of them comes from outside.
  [[nodiscard]] const std::vector<std::string>& lines() const noexcept { return lines_; }

  /// Puts "`context`: " before the message.
  Error& add_context(std::string_view context) {
    message_.insert(0, ": ").insert(0, context);
    return *this;
  }

  /// Puts `text` after the message.
  Error& append(std::string_view text) {
    message_.append(text);
    if (!lines_.empty()) {
      lines_.back().append(text);
      tail_ += text.size();
    }
    return *this;
  }

  /// Adds a line of its own below the message.
  Error& add_line(std::string line) {
    message_.append(1, '\n').append(line);
    tail_ += line.size() + 1;
    lines_.push_back(std::move(line));
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
  std::vector<std::string> lines_;
  std::size_t tail_ = 0;  // of message_, the length of the lines and of what separates them
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
