#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "core/amqp/broker_url.h"
#include "core/amqp/tls.h"
#include "core/runtime/clock.h"
#include "core/runtime/files.h"

namespace mscomm {

class StopSignal;

/// A connected byte stream to a broker, plain or TLS, that never blocks after it is made.
class Transport {
 public:
  /// Connects, with the TLS handshake for amqps. Throws Error{unreachable} or Error{timeout} with
  /// the reason, and Interrupted.
  Transport(const BrokerUrl& url, const Deadline& deadline, const StopSignal& stop);

  /// Reads the bytes that have come; 0 if none. Throws Error{unreachable} when the peer closed.
  std::size_t read(std::span<char> into);

  /// Writes the bytes that fit; 0 if none do. Throws Error{unreachable} when the connection is
  /// gone.
  std::size_t write(std::string_view bytes);

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }

  /// What to poll for: TLS may have to write in order to read, and the reverse.
  [[nodiscard]] short events(bool wants_to_write) const noexcept;

 private:
  void handshake(const Deadline& deadline, const StopSignal& stop);
  [[noreturn]] void lost(const std::string& reason) const;
  std::size_t tls_result(int result);

  std::string what_;
  UniqueFd socket_;
  TlsContext context_;
  TlsConnection tls_;
  bool tls_wants_write_ = false;
};

}  // namespace mscomm
