#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/http_url.h"
#include "core/http/tls_facts.h"
#include "core/runtime/clock.h"
#include "core/runtime/exit_code.h"
#include "core/runtime/secret.h"

namespace mscomm {

struct HttpHeader {
  std::string name;
  std::string value;
};

using HttpHeaders = std::vector<HttpHeader>;

/// The first header of that name, in any case; nullptr when there is none.
const HttpHeader* find_header(const HttpHeaders& headers, std::string_view name);

/// Whether two header names are the same: ASCII letters in any case (RFC 9110 section 5.1).
bool same_header_name(std::string_view a, std::string_view b);

/// A header's value as records show it: as it came, except that a Location is a URL, whose secrets
/// are hidden as in every other URL.
std::string shown_header_value(const HttpHeader& header);

/// A header's value for messages: `***` when it is a credential (Authorization, Cookie, …), and
/// without the secrets of URLs in it.
std::string loggable_header_value(const HttpHeader& header);

/// Whether sending a request of that method twice has the effect of sending it once (RFC 9110
/// section 9.2.2). Methods unknown to the RFC count as not idempotent.
bool is_idempotent(std::string_view method);

/// A field of a multipart form (RFC 7578).
struct FormPart {
  std::string name;
  std::string value;
  std::string file;      ///< send this file's content, unless empty
  std::string filename;  ///< the file name to send; empty: none, or that of `file`
  std::string type;      ///< the media type; empty: libcurl's choice, by the file's ending
};

struct HttpRequest {
  std::string method = "GET";
  HttpUrl url;
  /// Sent in this order, besides Host, Accept and User-Agent; a header of the same name replaces a
  /// default.
  HttpHeaders headers;
  /// Names of default headers to leave out.
  std::vector<std::string> without;
  /// Value of the Authorization header unless `headers` has one; empty: none.
  Secret authorization;
  /// Absent: no body and no Content-Length, except for POST, PUT and PATCH (RFC 9110 section 8.6).
  /// Copies of the request share it.
  std::shared_ptr<const std::string> body;
  std::vector<FormPart> form;  ///< the body, unless empty

  /// "GET http://service-b/api/data", for messages.
  [[nodiscard]] std::string title() const { return method + ' ' + url.shown; }
};

/// `Basic` credentials (RFC 7617) as the value of an Authorization header.
Secret basic_authorization(std::string_view user, std::string_view password);

/// How long each phase took; zero for a phase that did not happen.
struct HttpTimings {
  Duration dns{};         ///< resolving the name
  Duration connect{};     ///< the TCP handshake
  Duration tls{};         ///< the TLS handshake
  Duration first_byte{};  ///< from the start to the first byte of the response
  Duration total{};       ///< from the start to the last byte
};

struct HttpResponse {
  int status = 0;            ///< 0: no response came
  std::string reason;        ///< as sent, or reason_phrase() where the protocol has none (HTTP/2)
  std::string http_version;  ///< "1.0", "1.1", "2"
  HttpHeaders headers;       ///< as received
  TlsFacts tls;
  std::string remote;            ///< "10.0.0.7:80", "[::1]:80"; empty when there was no connection
  std::uint64_t body_bytes = 0;  ///< received, also of a body that broke off
  HttpTimings timings;
  unsigned connects = 0;  ///< new connections for this exchange; 0: one was reused
  /// How often the request was sent. More than once when a reused connection turned out to be
  /// closed and the method is idempotent (RFC 9112 section 9.3.1).
  unsigned sends = 0;
};

/// The reason phrase of a status, from RFC 9110 section 15 and the RFCs that add to it; empty for
/// one that they do not define.
std::string_view reason_phrase(int status);

/// The default User-Agent: "mscomm/1.2.3".
const std::string& default_user_agent();

/// Why there is no complete response.
enum class HttpFault {
  resolve,    ///< the name has no address
  connect,    ///< refused, no route
  tls,        ///< the handshake or the certificate
  reset,      ///< the connection ended before the response was complete
  timeout,    ///< the deadline, the connect timeout or the stall timeout
  protocol,   ///< the peer does not speak HTTP
  too_large,  ///< above the limit for the body or the headers
  redirects,  ///< more than allowed
  local,      ///< on our side: memory, a certificate file
};

/// "connect", "dns", "tls", "reset", "timeout", "protocol", "too large", "redirects", "local".
std::string_view fault_name(HttpFault fault);

struct HttpFailure {
  HttpFault fault = HttpFault::local;
  Exit reason = Exit::internal;
  std::string message;  ///< "GET http://service-b/: cannot connect: connection refused"
  std::string hint;     ///< what to do, or empty
};

/// Takes a response's body piece by piece. An exception from a sink ends the exchange and leaves
/// HttpClient::wait().
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// Called once, after the headers and before the body; informational (1xx) responses are not
  /// reported.
  virtual void begin(const HttpResponse&) {}
  virtual void body(std::string_view piece) = 0;
  /// While this is a descriptor (not -1) the sink takes no more: the transfer pauses until the
  /// descriptor is writable and resume() was called.
  [[nodiscard]] virtual int blocked_on() const { return -1; }
  virtual void resume() {}
};

/// Keeps a body in memory.
class MemorySink final : public BodySink {
 public:
  void begin(const HttpResponse&) override { bytes.clear(); }
  void body(std::string_view piece) override { bytes += piece; }
  std::string bytes;
};

/// One request under way and its result: a complete response, or a failure.
struct HttpExchange {
  HttpRequest request;
  BodySink* sink = nullptr;  ///< nullptr: the body is counted and dropped
  Deadline deadline;
  /// Whether the exchange will be started again with only its deadline changed. The client then
  /// keeps its preparations in `prepared`, which makes the next start cheap.
  bool repeats = false;
  /// Whether the status is all that is needed of the head: headers, version and remote stay empty.
  bool wants_status_only = false;
  std::shared_ptr<void> prepared;

  HttpResponse response;  ///< partial when there is a failure
  std::optional<HttpFailure> failure;
};

/// Sends requests, also several at a time. Follows no redirect and retries nothing: the layers
/// above decide that (redirect.h).
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  /// Starts a request. `exchange` must not move until wait() has returned it or cancel() has ended
  /// it. Throws Error for a request that cannot be sent.
  virtual void start(HttpExchange& exchange) = 0;
  /// Waits until an exchange is done and returns it; nullptr when none is under way, or when
  /// `until` passed first. Throws Interrupted on a stop signal, and the exceptions of a sink.
  virtual HttpExchange* wait(const Deadline& until) = 0;
  /// Ends an exchange that is under way; does nothing to any other.
  virtual void cancel(HttpExchange& exchange) noexcept = 0;
};

/// start() and wait() for one exchange while no other is under way.
void perform(HttpClient& client, HttpExchange& exchange);

}  // namespace mscomm
