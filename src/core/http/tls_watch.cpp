#include "core/http/tls_watch.h"

#include <string_view>

#include "core/http/curl_info.h"
#include "core/runtime/openssl_library.h"

namespace mscomm {
namespace {

using Events = std::shared_ptr<TlsEvents>;

// Only then are the contexts that libcurl shows those of the library that is loaded here.
bool uses_openssl() {
  static const bool does = [] {
    const char* const name = CurlLibrary::get().version_info(CURLVERSION_NOW)->ssl_version;
    return name != nullptr && std::string_view(name).starts_with("OpenSSL/3.");
  }();
  return does;
}

void free_events(void*, void* events, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<Events*>(events);
}

// The place in a context that OpenSSL has given us.
int place() {
  static const int index = openssl().CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, nullptr,
                                                             nullptr, nullptr, free_events);
  return index;
}

// libcurl makes a context for each connection.
const Events* events_of(const SSL* connection) {
  return static_cast<const Events*>(
      openssl().SSL_CTX_get_ex_data(openssl().SSL_get_SSL_CTX(connection), place()));
}

void on_info(const SSL* connection, int where, int value) {
  const auto* const events = events_of(connection);
  if (events == nullptr) {
    return;
  }
  constexpr unsigned kDescription = 0xff;  // of an alert; its level is above
  if (where == SSL_CB_READ_ALERT &&
      (static_cast<unsigned>(value) & kDescription) == SSL_AD_CLOSE_NOTIFY) {
    (*events)->was_closed = true;
  } else if (where == SSL_CB_CONNECT_LOOP &&
             openssl().SSL_get_state(connection) == TLS_ST_CR_CERT_REQ) {
    (*events)->wants_certificate = true;
  }
}

}  // namespace

const SSL* tls_connection(CURL* handle) {
  const auto* const session = curl_info<const curl_tlssessioninfo*>(handle, CURLINFO_TLS_SSL_PTR);
  return session != nullptr && session->backend == CURLSSLBACKEND_OPENSSL
             ? static_cast<const SSL*>(session->internals)
             : nullptr;
}

void TlsWatch::watch(CurlRequest& request) {
  if (uses_openssl()) {
    request.set(CURLOPT_SSL_CTX_FUNCTION, &TlsWatch::on_context);
    request.set(CURLOPT_SSL_CTX_DATA, this);
  }
}

void TlsWatch::connected(CURL* handle) {
  const auto* const connection = uses_openssl() ? tls_connection(handle) : nullptr;
  const auto* const events = connection == nullptr ? nullptr : events_of(connection);
  events_ = events == nullptr ? nullptr : *events;
}

CURLcode TlsWatch::on_context(CURL*, void* context, void* self) {
  auto* const connections = static_cast<SSL_CTX*>(context);
  try {
    auto kept = std::make_unique<Events>(std::make_shared<TlsEvents>());
    static_cast<TlsWatch*>(self)->events_ = *kept;
    if (openssl().SSL_CTX_set_ex_data(connections, place(), kept.get()) != 1) {
      return CURLE_OUT_OF_MEMORY;
    }
    static_cast<void>(kept.release());  // NOLINT(bugprone-unused-return-value): OpenSSL owns it now
    openssl().SSL_CTX_set_info_callback(connections, on_info);
  } catch (...) {  // no exception may cross libcurl
    return CURLE_OUT_OF_MEMORY;
  }
  return CURLE_OK;
}

}  // namespace mscomm
