#include "core/http/http.h"

#include <algorithm>
#include <array>

#include "core/runtime/ascii.h"
#include "core/runtime/redact.h"
#include "core/runtime/text.h"
#include "core/runtime/version.h"

namespace mscomm {
namespace {

struct StatusRow {
  int status;
  std::string_view phrase;
};

// RFC 9110 section 15; 103: RFC 8297; 207, 507: RFC 4918; 425: RFC 8470; 451: RFC 7725; 428, 429,
// 431, 511: RFC 6585.
constexpr std::array kStatuses{
    StatusRow{100, "Continue"},
    StatusRow{101, "Switching Protocols"},
    StatusRow{103, "Early Hints"},
    StatusRow{200, "OK"},
    StatusRow{201, "Created"},
    StatusRow{202, "Accepted"},
    StatusRow{203, "Non-Authoritative Information"},
    StatusRow{204, "No Content"},
    StatusRow{205, "Reset Content"},
    StatusRow{206, "Partial Content"},
    StatusRow{207, "Multi-Status"},
    StatusRow{300, "Multiple Choices"},
    StatusRow{301, "Moved Permanently"},
    StatusRow{302, "Found"},
    StatusRow{303, "See Other"},
    StatusRow{304, "Not Modified"},
    StatusRow{305, "Use Proxy"},
    StatusRow{307, "Temporary Redirect"},
    StatusRow{308, "Permanent Redirect"},
    StatusRow{400, "Bad Request"},
    StatusRow{401, "Unauthorized"},
    StatusRow{402, "Payment Required"},
    StatusRow{403, "Forbidden"},
    StatusRow{404, "Not Found"},
    StatusRow{405, "Method Not Allowed"},
    StatusRow{406, "Not Acceptable"},
    StatusRow{407, "Proxy Authentication Required"},
    StatusRow{408, "Request Timeout"},
    StatusRow{409, "Conflict"},
    StatusRow{410, "Gone"},
    StatusRow{411, "Length Required"},
    StatusRow{412, "Precondition Failed"},
    StatusRow{413, "Content Too Large"},
    StatusRow{414, "URI Too Long"},
    StatusRow{415, "Unsupported Media Type"},
    StatusRow{416, "Range Not Satisfiable"},
    StatusRow{417, "Expectation Failed"},
    StatusRow{421, "Misdirected Request"},
    StatusRow{422, "Unprocessable Content"},
    StatusRow{425, "Too Early"},
    StatusRow{426, "Upgrade Required"},
    StatusRow{428, "Precondition Required"},
    StatusRow{429, "Too Many Requests"},
    StatusRow{431, "Request Header Fields Too Large"},
    StatusRow{451, "Unavailable For Legal Reasons"},
    StatusRow{500, "Internal Server Error"},
    StatusRow{501, "Not Implemented"},
    StatusRow{502, "Bad Gateway"},
    StatusRow{503, "Service Unavailable"},
    StatusRow{504, "Gateway Timeout"},
    StatusRow{505, "HTTP Version Not Supported"},
    StatusRow{507, "Insufficient Storage"},
    StatusRow{511, "Network Authentication Required"},
};

constexpr std::array<std::string_view, 6> kIdempotent{"GET",    "HEAD",    "PUT",
                                                      "DELETE", "OPTIONS", "TRACE"};

}  // namespace

const std::string& default_user_agent() {
  static const std::string agent = std::string("mscomm/") + kVersion;
  return agent;
}

bool same_header_name(std::string_view a, std::string_view b) { return same_ascii(a, b); }

const HttpHeader* find_header(const HttpHeaders& headers, std::string_view name) {
  const auto found = std::find_if(headers.begin(), headers.end(), [name](const auto& header) {
    return same_header_name(header.name, name);
  });
  return found == headers.end() ? nullptr : &*found;
}

std::string shown_header_value(const HttpHeader& header) {
  return same_header_name(header.name, "location") ? shown_url(header.value) : header.value;
}

std::string loggable_header_value(const HttpHeader& header) {
  return is_secret_header(header.name) ? "***" : without_passwords(shown_header_value(header));
}

bool is_idempotent(std::string_view method) {
  return std::ranges::find(kIdempotent, method) != kIdempotent.end();
}

Secret basic_authorization(std::string_view user, std::string_view password) {
  return Secret("Basic " + base64_encode(std::string(user).append(":").append(password)));
}

std::string_view reason_phrase(int status) {
  const auto found = std::find_if(kStatuses.begin(), kStatuses.end(),
                                  [status](const auto& row) { return row.status == status; });
  return found == kStatuses.end() ? std::string_view() : found->phrase;
}

std::string_view fault_name(HttpFault fault) {
  switch (fault) {
    case HttpFault::resolve:
      return "dns";
    case HttpFault::connect:
      return "connect";
    case HttpFault::tls:
      return "tls";
    case HttpFault::reset:
      return "reset";
    case HttpFault::timeout:
      return "timeout";
    case HttpFault::protocol:
      return "protocol";
    case HttpFault::too_large:
      return "too large";
    case HttpFault::redirects:
      return "redirects";
    case HttpFault::local:
      return "local";
  }
  return {};
}

void perform(HttpClient& client, HttpExchange& exchange) {
  client.start(exchange);
  while (client.wait(Deadline()) != &exchange) {
  }
}

}  // namespace mscomm
