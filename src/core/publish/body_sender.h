#pragma once

#include <cstdint>
#include <string>

#include "core/amqp/session.h"
#include "core/publish/confirm_window.h"

namespace mscomm {

/// Sends a message's body in pieces as the connection takes them, from memory or from a file, so
/// that a large body is never copied as a whole.
class BodySender {
 public:
  /// Call when the publish of a body of this size, in bytes, has begun.
  void begin(std::uint64_t size) { left_ = size; }

  /// Buffers the next pieces of the entry's body until the session holds `most` bytes. Throws
  /// Error{io} when the body's file cannot be read.
  void send(const ConfirmWindow::Entry& entry, Session& session, std::size_t most);

  /// Whether some of the body is not buffered yet.
  [[nodiscard]] bool left() const noexcept { return left_ > 0; }
  void give_up() noexcept { left_ = 0; }

 private:
  std::uint64_t left_ = 0;
  std::string piece_;
};

}  // namespace mscomm
