#pragma once

#include <cstdint>
#include <string>

#include "core/runtime/clock.h"

using SSL = struct ssl_st;

namespace mscomm {

/// What a TLS connection agreed on, and the certificate of the other side.
struct TlsFacts {
  std::string version;  ///< "TLSv1.3"; empty: no TLS
  std::string cipher;
  std::string subject;  ///< "/CN=service-b"
  std::string issuer;
  WallTime not_after;

  /// Whole days until the certificate ends; negative when it has.
  [[nodiscard]] std::int64_t days_left(WallTime now) const {
    return std::chrono::floor<std::chrono::days>(not_after - now).count();
  }
};

/// What OpenSSL knows of an established connection.
TlsFacts tls_facts(const SSL* connection);

}  // namespace mscomm
