#include "core/http/curl_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "core/http/curl_library.h"
#include "core/http/curl_text.h"
#include "core/runtime/ascii.h"

namespace mscomm {
namespace {

// libcurl's texts begin with a capital; ours follow a colon.
std::string detail_of(const CurlFailure& failure) {
  auto text = without_proxys_secrets(
      failure.detail.empty() ? CurlLibrary::get().easy_strerror(failure.code) : failure.detail);
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto word = text.substr(0, text.find(' '));
  // "HTTP", "OpenSSL" are names.
  if (!text.empty() && is_capital(text[0]) &&
      std::count_if(word.begin(), word.end(), is_capital) == 1) {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '.')) {
    text.pop_back();
  }
  return text;
}

HttpFailure unreachable(HttpFault fault, std::string why, std::string hint = {}) {
  return {fault, Exit::unreachable, std::move(why), std::move(hint)};
}

// The text between `before` and `after`; empty when either is missing.
std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const auto begin = text.find(before);
  const auto end =
      begin == std::string_view::npos ? begin : text.find(after, begin + before.size());
  return end == std::string_view::npos
             ? std::string_view()
             : text.substr(begin + before.size(), end - begin - before.size());
}

// Where libcurl tried to connect: "proxy.test:3128" of 7.88's "Failed to connect to proxy.test port
// 3128 after 0 ms: …"; later ones say "Failed to connect to HOST port PORT via proxy.test after …".
std::string connected_to(std::string_view detail) {
  const auto host = between(detail, "Failed to connect to ", " port ");
  const auto port = between(detail, " port ", " ");
  const auto proxy = between(detail, " via ", " after ");
  if (!proxy.empty() || host.empty() || port.empty()) {
    return std::string(proxy);
  }
  const bool is_ipv6 = host.find(':') != std::string_view::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

HttpFailure connect_failure(const CurlFailure& failure, const HttpRequest& request) {
  const auto why =
      failure.os_error == 0 ? detail_of(failure) : std::string(std::strerror(failure.os_error));
  if (!failure.unix_socket.empty()) {
    return unreachable(HttpFault::connect,
                       fmt::format("cannot connect to '{}': {}", failure.unix_socket, why),
                       "is the service running, and is this its socket?");
  }
  const auto other = connected_to(failure.detail);
  const auto& origin = request.url.origin;
  if (!other.empty() && !same_ascii(other, origin.substr(origin.find("://") + 3))) {
    return unreachable(HttpFault::connect, fmt::format("cannot connect to {}: {}", other, why),
                       "that is where a proxy (--proxy, http_proxy, https_proxy, all_proxy) or "
                       "--connect-to leads");
  }
  const auto hint =
      failure.os_error == ECONNREFUSED
          ? fmt::format("is the service running? try: mscomm probe {} --wait 30s", origin)
          : std::string("is the address right, and is there a route to it?");
  return unreachable(HttpFault::connect, "cannot connect: " + why, hint);
}

// The numbers are OpenSSL's X509_V_ERR_*, which libcurl passes through.
std::string certificate_hint(const CurlFailure& failure) {
  if (failure.detail.find("subject name") != std::string::npos) {
    return "the certificate is for another host name; use the name that it was issued for";
  }
  switch (failure.verify_result) {
    case 10:  // CERT_HAS_EXPIRED
      return "the server's certificate has to be renewed; is this machine's clock right?";
    case 9:  // CERT_NOT_YET_VALID
      return "is this machine's clock right?";
    case 2:   // UNABLE_TO_GET_ISSUER_CERT
    case 18:  // DEPTH_ZERO_SELF_SIGNED_CERT
    case 19:  // SELF_SIGNED_CERT_IN_CHAIN
    case 20:  // UNABLE_TO_GET_ISSUER_CERT_LOCALLY
    case 21:  // UNABLE_TO_VERIFY_LEAF_SIGNATURE
      return "a private authority? give its certificate: --tls-ca FILE";
    default:
      return {};
  }
}

constexpr const char* kCertificateHint =
    "the server asks for a client certificate: --tls-cert, and --tls-key";

// What a server says when it refuses the client (RFC 8446 section 6.2), which with TLS 1.3 is after
// the client's handshake: then it has not looked at the request that followed.
bool refuses_client(std::string_view why) {
  constexpr std::array<std::string_view, 9> kAlerts{
      "certificate required", "bad certificate",     "unsupported certificate",
      "certificate revoked",  "certificate expired", "certificate unknown",
      "unknown ca",           "access denied",       "handshake failure"};
  return why.find(" alert ") != std::string_view::npos &&
         std::ranges::any_of(
             kAlerts, [why](auto alert) { return why.find(alert) != std::string_view::npos; });
}

HttpFailure tls_failure(const CurlFailure& failure) {
  const auto why = detail_of(failure);
  if (failure.code == CURLE_PEER_FAILED_VERIFICATION) {
    return unreachable(HttpFault::tls, why, certificate_hint(failure));
  }
  const bool plain = why.find("wrong version number") != std::string::npos ||
                     why.find("packet length too long") != std::string::npos;
  const bool wants_certificate =
      failure.misses_certificate || why.find("certificate required") != std::string::npos;
  return unreachable(HttpFault::tls, "TLS handshake failed: " + why,
                     plain               ? "the server may speak plain http:// on this port"
                     : wants_certificate ? kCertificateHint
                                         : "");
}

HttpFailure timeout_failure(const CurlFailure& failure) {
  const char* const hint =
      failure.deadline_passed ? "--timeout limits the whole command, --request-timeout each request"
      : failure.stalled       ? "--stall-timeout sets how long nothing may come in"
                              : "--connect-timeout sets how long connecting may take";
  return {HttpFault::timeout, Exit::timeout, fmt::format("timed out while {}", failure.phase),
          hint};
}

// "CONNECT tunnel failed, response 407"
HttpFailure tunnel_failure(const CurlFailure& failure) {
  const bool wants_credentials = failure.detail.ends_with("response 407");
  return {
      wants_credentials ? HttpFault::local : HttpFault::connect,
      wants_credentials ? Exit::denied : Exit::unreachable, "the proxy refused: " + failure.detail,
      wants_credentials ? "it wants credentials: https_proxy=http://USER:PASSWORD@PROXY:PORT" : ""};
}

HttpFailure reset_failure(const CurlFailure& failure, const HttpResponse& response) {
  if (response.status != 0) {
    return unreachable(HttpFault::reset, fmt::format("the body broke off after {} bytes: {}",
                                                     response.body_bytes, detail_of(failure)));
  }
  if (failure.code == CURLE_PARTIAL_FILE) {
    return unreachable(HttpFault::reset, "the answer broke off within its headers");
  }
  const char* const hint = failure.misses_certificate ? kCertificateHint : "";
  if (failure.code == CURLE_GOT_NOTHING) {
    return unreachable(HttpFault::reset, "the server closed the connection without an answer",
                       hint);
  }
  if (failure.detail.starts_with("CONNECT ")) {
    return tunnel_failure(failure);
  }
  const auto why =
      failure.os_error == 0 ? detail_of(failure) : std::string(std::strerror(failure.os_error));
  return unreachable(HttpFault::reset, "the connection was lost: " + why, hint);
}

HttpFailure not_http(const std::string& why, const HttpRequest& request) {
  // A TLS server may answer a plain request with bytes that are not HTTP.
  const bool may_be_tls =
      request.url.text.starts_with("http:") && why.find("HTTP/0.9") != std::string::npos;
  return unreachable(HttpFault::protocol, "the answer is not HTTP: " + why,
                     may_be_tls ? "the server may want https:// on this port" : "");
}

constexpr auto kTooLarge = static_cast<CURLcode>(100);  // CURLE_TOO_LARGE of libcurl 8.6

// Errors by which libcurl reports broken answers, besides the codes made for them. Nothing when the
// error is not about an answer.
std::optional<HttpFailure> bad_answer(const CurlFailure& failure, const HttpRequest& request) {
  if (!failure.answered) {
    return std::nullopt;
  }
  switch (failure.code) {
    case CURLE_UNSUPPORTED_PROTOCOL:  // unknown HTTP version or status
      return not_http(detail_of(failure), request);
    case CURLE_BAD_FUNCTION_ARGUMENT:  // malformed header or trailer
      return not_http("a header is malformed", request);
    case CURLE_WRITE_ERROR:  // our own callback's failures are known before
      return unreachable(HttpFault::protocol,
                         "the body cannot be unpacked: its transfer coding is broken or goes on "
                         "after its end");
    case CURLE_OUT_OF_MEMORY:  // its buffer for a line is full
    case kTooLarge:
      return HttpFailure{HttpFault::too_large, Exit::failed,
                         "the headers are too large: a line of more than 100 KiB", ""};
    default:
      return std::nullopt;
  }
}

HttpFailure classify(const CurlFailure& failure, const HttpRequest& request,
                     const HttpResponse& response) {
  if (auto answer = bad_answer(failure, request)) {
    return *std::move(answer);
  }
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
      if (failure.detail.starts_with("Unsupported proxy")) {
        return {HttpFault::local, Exit::usage, detail_of(failure),
                "the proxy is that of --proxy, http_proxy, https_proxy or all_proxy"};
      }
      [[fallthrough]];
    case CURLE_COULDNT_RESOLVE_HOST:
      return unreachable(HttpFault::resolve, detail_of(failure),
                         "is the host name spelled right, and does it resolve from here?");
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
    case CURLE_PROXY:
      return connect_failure(failure, request);
    case CURLE_OPERATION_TIMEDOUT:
      return timeout_failure(failure);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_USE_SSL_FAILED:
      return tls_failure(failure);
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {HttpFault::local, Exit::usage, detail_of(failure), ""};
    case CURLE_BAD_CONTENT_ENCODING:
      return unreachable(HttpFault::protocol, "the body cannot be unpacked: " + detail_of(failure));
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
      return not_http(detail_of(failure), request);
    case CURLE_WRITE_ERROR:
    case CURLE_READ_ERROR:
      return {HttpFault::local, Exit::io, detail_of(failure), ""};
    case CURLE_LOGIN_DENIED:
    case CURLE_AUTH_ERROR:
      return {HttpFault::local, Exit::denied, detail_of(failure), ""};
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_FUNCTION_NOT_FOUND:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_UNKNOWN_OPTION:
    case CURLE_SETOPT_OPTION_SYNTAX:
    case CURLE_NOT_BUILT_IN:
    case CURLE_NO_CONNECTION_AVAILABLE:
    case CURLE_RECURSIVE_API_CALL:
    case CURLE_UNRECOVERABLE_POLL:
      return {HttpFault::local, Exit::internal, detail_of(failure), ""};
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return !failure.answered && refuses_client(failure.detail) ? tls_failure(failure)
                                                                 : reset_failure(failure, response);
    default:  // GOT_NOTHING, PARTIAL_FILE, HTTP2_STREAM, other protocols' and new ones
      return reset_failure(failure, response);
  }
}

// libcurl sends a request again when a kept connection ends without an answer, and that may fail
// before anything is sent; the first time it may have arrived.
bool is_about_second_connection(const CurlFailure& failure, const HttpFailure& result) {
  const bool was_on_first = failure.code == CURLE_SEND_ERROR || failure.code == CURLE_RECV_ERROR;
  return failure.sent && !was_on_first &&
         (result.fault == HttpFault::resolve || result.fault == HttpFault::connect ||
          result.fault == HttpFault::tls);
}

}  // namespace

HttpFailure describe(const CurlFailure& failure, const HttpRequest& request,
                     const HttpResponse& response) {
  auto result = classify(failure, request, response);
  if (is_about_second_connection(failure, result)) {
    result.fault = HttpFault::reset;
    result.message = "the connection ended without an answer, and then " + result.message;
  }
  result.message = fmt::format("{}: {}", request.title(), result.message);
  return failure.sent ? in_doubt_if_sent(std::move(result), request, response) : result;
}

HttpFailure in_doubt_if_sent(HttpFailure failure, const HttpRequest& request,
                             const HttpResponse& response) {
  const bool is_refused = failure.fault == HttpFault::tls;  // the client, before the request
  const bool is_unread = failure.fault == HttpFault::too_large && response.status == 0;
  const bool is_unknown =
      failure.reason == Exit::unreachable || failure.reason == Exit::timeout || is_unread;
  if (is_idempotent(request.method) || is_refused || !is_unknown) {
    return failure;
  }
  failure.reason = Exit::in_doubt;
  const auto doubt = response.status == 0
                         ? std::string("the service may have done it all the same")
                         : fmt::format("the service has answered {}, so it may well have done it",
                                       response.status);
  failure.hint = doubt + (failure.hint.empty() ? "" : "; " + failure.hint);
  return failure;
}

}  // namespace mscomm
