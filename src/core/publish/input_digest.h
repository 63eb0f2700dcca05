#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/message/source.h"
#include "core/runtime/sha256.h"

namespace mscomm {

/// Tells inputs apart by their first messages: a SHA-256 over what the messages were made from.
class InputDigest {
 public:
  /// Adds a message; a body in a file is added by add_rest().
  void add(const Outgoing& message);
  /// Adds the next part of the message's file, a few milliseconds of work. True when the message is
  /// counted: there was no file, or it has ended. Throws Error{io}.
  bool add_rest();

  /// The number of messages that were added whole.
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// Of these messages.
  [[nodiscard]] std::string hex();
  /// Whether the last of them may be half a message (Outgoing::unterminated).
  [[nodiscard]] bool is_last_half() const noexcept { return last_half_; }
  /// Of the messages before the last one, if that may be half a message.
  [[nodiscard]] const std::string& hex_before_last() const noexcept { return before_; }

 private:
  void frame(char kind, std::uint64_t size);
  void flush();

  Sha256 sum_;
  std::string waiting_;  // many short messages are digested at once
  std::uint64_t count_ = 0;
  std::shared_ptr<const BodyFile> file_;
  std::uint64_t offset_ = 0;  // of the file's next part
  std::string part_;
  std::string before_;  // hex() without a message that has a file or may be half
  bool last_half_ = false;
};

}  // namespace mscomm
