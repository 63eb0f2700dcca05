#pragma once

#include <cstdint>
#include <string>

#include "core/runtime/clock.h"

using SSL = struct ssl_st;

namespace mscomm {

/// The parameters of a TLS connection and the peer's certificate.
struct TlsFacts {
  std::string version;  ///< "TLSv1.3"; empty: no TLS
  std::string cipher;
  std::string subject;  ///< "/CN=service-b"
  std::string issuer;
  WallTime not_after;
  bool misses_certificate = false;  ///< the server asked for a client certificate and got none

  /// Whole days until the certificate expires; negative when it has.
  [[nodiscard]] std::int64_t days_left(WallTime now) const {
    return std::chrono::floor<std::chrono::days>(not_after - now).count();
  }
};

/// Reads them from an established connection through OpenSSL.
TlsFacts tls_facts(const SSL* connection);

}  // namespace mscomm
