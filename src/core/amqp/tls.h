#pragma once

#include <memory>
#include <string>

#include "core/runtime/error.h"
#include "core/runtime/handle.h"
#include "core/runtime/openssl_library.h"
#include "core/runtime/tls_options.h"

namespace mscomm {

inline void free_tls_context(SSL_CTX* context) noexcept {
  OpensslLibrary::get().SSL_CTX_free(context);
}
inline void free_tls_connection(SSL* connection) noexcept {
  OpensslLibrary::get().SSL_free(connection);
}

using TlsContext = std::unique_ptr<SSL_CTX, Deleter<free_tls_context>>;
using TlsConnection = std::unique_ptr<SSL, Deleter<free_tls_connection>>;

/// A client's TLS context: TLS 1.2 or newer, chain and name verified unless `options.insecure`.
/// Throws Error{io} for files that cannot be read, Error{usage} for files with unusable content.
TlsContext make_tls_context(const TlsOptions& options);

/// A TLS connection on a connected socket, before its handshake: SNI and the name to verify are
/// `options.server_name`, by default `host` (an IP address is verified against the certificate's
/// address entries and is not sent as SNI, RFC 6066 section 3).
TlsConnection make_tls_connection(SSL_CTX* context, int fd, const std::string& host,
                                  const TlsOptions& options);

/// Why the handshake failed, for people, with a hint. `what` names the target.
Error tls_error(SSL* connection, const std::string& what);

}  // namespace mscomm
