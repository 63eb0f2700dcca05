#include "core/amqp/management_options.h"

#include <fmt/format.h>

#include "core/runtime/ascii.h"
#include "core/runtime/error.h"
#include "core/runtime/redact.h"
#include "core/runtime/uri.h"

namespace mscomm {
namespace {

constexpr const char* kHint = "for example --management-url http://localhost:15672";

// As far as needed here: libcurl reads the URL when it is used.
struct Parts {
  std::string scheme;
  bool has_user = false;
  std::string host;  // an IPv6 address with its brackets
  bool has_query = false;
};

Parts parts_of(std::string_view url) {
  const auto uri = split_uri(url);
  auto authority = uri.authority.value_or("");
  Parts parts;
  parts.scheme = lower_case(uri.scheme.value_or(""));
  parts.has_query = uri.query.has_value() || uri.fragment.has_value();
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    parts.has_user = true;
    authority.remove_prefix(at + 1);
  }
  const auto end = authority.starts_with('[') ? authority.find(']') + 1 : authority.find(':');
  parts.host = lower_case(authority.substr(0, end));
  return parts;
}

bool is_this_host(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

}  // namespace

void check_management_url(std::string_view url, std::string_view what) {
  const auto parts = parts_of(url);
  if (parts.scheme != "http" && parts.scheme != "https") {
    // Nothing of the text is shown: without a scheme there is no telling where a password is.
    throw Error(Exit::usage, fmt::format("{}: it begins with neither http:// nor https://", what),
                kHint);
  }
  if (parts.host.empty() || parts.has_query) {
    throw Error(Exit::usage,
                fmt::format("{}: '{}' has {}", what, shown_url(url),
                            parts.host.empty() ? "no host" : "a query or a fragment"),
                kHint);
  }
}

bool speaks_tls(std::string_view management_url) {
  return parts_of(management_url).scheme == "https";
}

void refuse_password_in_clear_text(std::string_view management_url, const BrokerUrl& broker) {
  const auto parts = parts_of(management_url);
  if (broker.tls && broker.user_given && parts.scheme == "http" && !parts.has_user &&
      !is_this_host(parts.host)) {
    throw Error(Exit::usage,
                fmt::format("--management-url: {} would get the password of {} in clear text",
                            shown_url(management_url), broker.shown()),
                "write https://, or give the URL a user and a password of its own");
  }
}

ManagementOptions management_options(std::string_view url, const BrokerUrl& broker) {
  ManagementOptions options{.url = std::string(url),
                            .is_guessed = url.empty(),
                            .user = broker.user,
                            .password = broker.password,
                            .tls = broker.tls_options};
  if (options.is_guessed) {
    // The plugin's defaults (https://www.rabbitmq.com/docs/management#single-listener-https).
    const bool is_ipv6 = broker.host.find(':') != std::string::npos;
    options.url = fmt::format("{}://{}{}{}:{}", broker.tls ? "https" : "http", is_ipv6 ? "[" : "",
                              broker.host, is_ipv6 ? "]" : "", broker.tls ? 15671 : 15672);
  } else if (broker.tls) {
    options.tls.server_name.clear();  // it names the broker, which may be another host
  }
  return options;
}

}  // namespace mscomm
