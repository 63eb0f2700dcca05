#include "core/probe/probe_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/runtime/ascii.h"
#include "core/runtime/error.h"
#include "core/runtime/redact.h"
#include "core/runtime/spelling.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

constexpr std::string_view kSchemeEnd = "://";

// Without a scheme a password cannot be located, so everything before '@' is hidden.
std::string shown_text(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || text.find(kSchemeEnd) != std::string_view::npos) {
    return shown_url(text);
  }
  return fmt::format("***{}", text.substr(at));
}

[[noreturn]] void refuse(std::string_view text, std::string_view why, const std::string& hint) {
  throw Error(Exit::usage, fmt::format("'{}' is no target: {}", shown_text(text), why), hint);
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

[[noreturn]] void refuse_without_scheme(std::string_view text) {
  const auto colon = text.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && colon > 0 && is_port(text.substr(colon + 1));
  if (has_port && text.find_first_of("/@") == std::string_view::npos) {
    refuse(text, "it has no scheme", fmt::format("write tcp://{}", shown_text(text)));
  }
  refuse(text, "it has no scheme",
         "write http://, https://, amqp://, amqps:// or tcp:// before it");
}

[[noreturn]] void refuse_scheme(std::string_view text, std::string_view scheme) {
  const std::array<std::string, 5> known{"http", "https", "amqp", "amqps", "tcp"};
  const auto near = nearest(scheme, known);
  refuse(text, fmt::format("unknown scheme '{}'", shown_text(scheme)),
         near.empty() ? fmt::format("the schemes are {}", fmt::join(known, ", "))
                      : fmt::format("did you mean '{}://'?", near));
}

std::uint16_t parse_port(std::string_view text, std::string_view digits) {
  unsigned port = 0;
  if (is_port(digits)) {
    std::from_chars(digits.data(), digits.data() + digits.size(), port);
  }
  if (port < 1 || port > 65535) {
    refuse(text, "the port is not a number from 1 to 65535", "write tcp://host:port");
  }
  return static_cast<std::uint16_t>(port);
}

TcpAddress parse_tcp(std::string_view text) {
  auto rest = text.substr(text.find(kSchemeEnd) + kSchemeEnd.size());
  if (rest.ends_with('/')) {
    rest.remove_suffix(1);
  }
  if (rest.find_first_of("/?#@ \t") != std::string_view::npos) {
    refuse(text, "it is more than a host and a port", "write tcp://host:port");
  }
  const auto bracket = rest.starts_with('[') ? rest.find(']') : std::string_view::npos;
  const bool is_ipv6 = bracket != std::string_view::npos;
  const auto colon = rest.rfind(':');
  const bool has_port = colon != std::string_view::npos && (!is_ipv6 || colon == bracket + 1);
  const auto host = is_ipv6 ? rest.substr(1, bracket - 1) : rest.substr(0, colon);
  if (host.empty() || (!is_ipv6 && host.find_first_of(":[]") != std::string_view::npos)) {
    refuse(text, host.empty() ? "the host is missing" : "the host cannot be read",
           "write tcp://host:port; an IPv6 address stands in brackets: tcp://[::1]:5432");
  }
  if (!has_port) {
    refuse(text, "the port is missing", fmt::format("write tcp://{}:PORT", rest));
  }
  return {std::string(host), parse_port(text, rest.substr(colon + 1))};
}

std::string shown_tcp(const TcpAddress& address) {
  const auto host = in_one_line(address.host);
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return fmt::format("tcp://{}:{}", is_ipv6 ? fmt::format("[{}]", host) : host, address.port);
}

std::vector<ProbeTarget> parse_brokers(const std::string& text, BrokerOptions options) {
  options.urls = {text};
  std::vector<ProbeTarget> targets;
  for (auto& url : broker_urls(options)) {
    auto shown = url.shown();
    targets.push_back({std::move(shown), std::move(url)});
  }
  return targets;
}

}  // namespace

std::string_view ProbeTarget::kind() const {
  static constexpr std::array<std::string_view, 3> kKinds{"http", "amqp", "tcp"};
  return kKinds.at(address.index());
}

std::vector<ProbeTarget> parse_probe_target(std::string_view text, const BrokerOptions& broker) {
  const auto end = text.find(kSchemeEnd);
  const bool is_local_http = text.starts_with(':');
  if (end == std::string_view::npos && !is_local_http) {
    refuse_without_scheme(text);
  }
  const auto scheme = is_local_http ? "http" : lower_case(text.substr(0, end));
  if (scheme == "amqp" || scheme == "amqps") {
    return parse_brokers(scheme + std::string(text.substr(end)), broker);
  }
  if (scheme == "http" || scheme == "https") {
    auto url = parse_http_url(text);
    auto shown = url.shown;
    return {{std::move(shown), std::move(url)}};
  }
  if (scheme == "tcp") {
    auto address = parse_tcp(text);
    auto shown = shown_tcp(address);
    return {{std::move(shown), std::move(address)}};
  }
  refuse_scheme(text, scheme);
}

}  // namespace mscomm
