#pragma once

#include <string>

namespace mscomm {

/// How TLS is done, the same for HTTP and AMQP. Empty means the default: the system's trust store,
/// no client certificate, the host of the URL as the name that the certificate must carry.
struct TlsOptions {
  std::string ca;           ///< PEM file of the certificates to trust instead of the system's
  std::string cert;         ///< PEM file of the client's certificate chain
  std::string key;          ///< PEM file of its private key; in `cert` when empty
  std::string server_name;  ///< the name to ask for (SNI) and to verify
  bool insecure = false;    ///< verify nothing
};

}  // namespace mscomm
