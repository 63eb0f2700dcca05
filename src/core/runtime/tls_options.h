#pragma once

#include <optional>
#include <string>

namespace mscomm {

/// TLS settings for HTTP and AMQP. Empty means the default: the system's trust store, no client
/// certificate, and the URL's host as the name in the server's certificate.
struct TlsOptions {
  std::string ca;            ///< PEM file of certificates to trust instead of the system's
  std::string cert;          ///< PEM file of the client's certificate chain
  std::string key;           ///< PEM file of its private key; in `cert` when empty
  std::string server_name;   ///< the name to ask for (SNI) and to verify
  bool insecure = false;     ///< skip verification
  std::optional<int> depth;  ///< the most intermediate certificates; AMQP only
};

}  // namespace mscomm
