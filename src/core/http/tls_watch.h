#pragma once

#include <memory>

#include "core/http/curl_request.h"

using SSL = struct ssl_st;

namespace mscomm {

/// What happened on a TLS connection and libcurl does not tell.
struct TlsEvents {
  /// The peer said that no more would come (close_notify, RFC 8446 section 6.1). Without it anyone
  /// on the way may have ended the connection, so that a body which lasts until then may be cut.
  bool was_closed = false;
  bool wants_certificate = false;  ///< the server has asked for a client certificate
};

/// The TLS connection that a handle of libcurl is using; nullptr when there is none, or libcurl has
/// another library for it than OpenSSL. Through a proxy it is the one with the server, if there is
/// one, else the one with the proxy.
const SSL* tls_connection(CURL* handle);

/// Watches the TLS connection that a transfer uses, also one that an earlier transfer has made.
class TlsWatch {
 public:
  TlsWatch() = default;
  TlsWatch(const TlsWatch&) = delete;
  TlsWatch& operator=(const TlsWatch&) = delete;
  ~TlsWatch() = default;

  /// Call before the transfer begins. libcurl keeps a pointer to this object.
  void watch(CurlRequest& request);
  /// Call when the transfer has its connection.
  void connected(CURL* handle);
  /// Forgets the connection.
  void begin_again() { events_.reset(); }

  /// Whether the connection has TLS, which has not ended as it should.
  [[nodiscard]] bool is_cut() const { return events_ && !events_->was_closed; }
  [[nodiscard]] bool has_tls() const { return events_ != nullptr; }
  [[nodiscard]] bool wants_certificate() const { return events_ && events_->wants_certificate; }

 private:
  static CURLcode on_context(CURL* handle, void* context, void* self);

  std::shared_ptr<const TlsEvents> events_;
};

}  // namespace mscomm
