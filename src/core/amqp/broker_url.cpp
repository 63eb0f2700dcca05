#include "core/amqp/broker_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>

#include "core/runtime/error.h"
#include "core/runtime/spelling.h"
#include "core/runtime/text.h"
#include "core/runtime/uri.h"

namespace mscomm {
namespace {

constexpr std::string_view kShape = "write amqp://user:password@host:5672/vhost";

[[noreturn]] void refuse(const std::string& why, std::string hint = std::string(kShape)) {
  throw Error(Exit::usage, fmt::format("broker URL: {}", why), std::move(hint));
}

int hex_value(char c) {
  int value = -1;
  std::from_chars(&c, &c + 1, value, 16);
  return value;
}

std::string percent_decode(std::string_view text, std::string_view part) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      refuse(fmt::format("a '%' in the {} is not followed by two hexadecimal digits", part),
             "write a percent sign itself as %25");
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

template <class Number>
Number parse_number(std::string_view text, std::string_view what, Number low, Number high) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) {
    refuse(fmt::format("{} '{}' is not a number from {} to {}", what, visible(text), low, high));
  }
  return value;
}

// 0 is no limit of ours.
int parse_frame_max(std::string_view text) {
  const auto size = parse_number<std::int64_t>(text, "frame_max", 0, UINT32_MAX);
  if (size > 0 && size < 4096) {
    refuse(fmt::format("frame_max {} is less than 4096", size), "0 leaves it to the broker");
  }
  return static_cast<int>(std::min<std::int64_t>(size, INT_MAX));
}

Mechanism parse_mechanism(std::string_view text) {
  if (text == "plain" || text == "amqplain") {
    return Mechanism::plain;  // AMQPLAIN carries the same name and password
  }
  if (text == "external") {
    return Mechanism::external;
  }
  refuse(fmt::format("auth_mechanism '{}' is not known", visible(text)),
         "the mechanisms are plain and external");
}

void set_parameter(BrokerUrl& url, std::string_view key, const std::string& value) {
  if (key == "heartbeat") {
    url.heartbeat_seconds = parse_number(value, "heartbeat", 0, 65535);
  } else if (key == "connection_timeout") {
    url.connection_timeout = Milliseconds(parse_number(value, "connection_timeout", 1, 86'400'000));
  } else if (key == "channel_max") {
    url.channel_max = parse_number(value, "channel_max", 0, 65535);
  } else if (key == "frame_max") {
    url.frame_max = parse_frame_max(value);
  } else if (key == "auth_mechanism") {
    url.mechanisms.push_back(parse_mechanism(value));
  } else if (key == "cacertfile") {
    url.tls_options.ca = value;
  } else if (key == "certfile") {
    url.tls_options.cert = value;
  } else if (key == "keyfile") {
    url.tls_options.key = value;
  } else if (key == "server_name_indication") {
    url.tls_options.server_name = value;
  } else if (key == "verify") {
    if (value != "verify_peer" && value != "verify_none") {
      refuse(fmt::format("verify '{}' is not known", visible(value)),
             "write verify_peer or verify_none");
    }
    url.tls_options.insecure = value == "verify_none";
  } else if (key == "depth") {
    url.tls_options.depth = parse_number(value, "depth", 0, 100);
  } else if (key == "fail_if_no_peer_cert") {
    if (value != "true") {
      refuse("fail_if_no_peer_cert is always true here",
             "verify=verify_none accepts any certificate");
    }
  } else if (key == "password") {
    refuse("a pass phrase of the client's key, 'password', is not taken",
           "openssl pkey -in KEY -out PLAIN_KEY writes the key without one");
  } else {
    const std::array<std::string, 12> known{"heartbeat",
                                            "connection_timeout",
                                            "channel_max",
                                            "frame_max",
                                            "auth_mechanism",
                                            "cacertfile",
                                            "certfile",
                                            "keyfile",
                                            "verify",
                                            "depth",
                                            "fail_if_no_peer_cert",
                                            "server_name_indication"};
    const auto near = nearest(key, known);
    refuse(fmt::format("unknown parameter '{}'", visible(key)),
           near.empty() ? fmt::format("the parameters are {}", fmt::join(known, ", "))
                        : fmt::format("did you mean '{}'?", near));
  }
}

void parse_query(BrokerUrl& url, std::string_view query) {
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) {
      refuse(fmt::format("the parameter '{}' has no value", visible(pair)));
    }
    set_parameter(url, pair.substr(0, equals),
                  percent_decode(pair.substr(equals + 1), "parameters"));
  }
}

void parse_credentials(BrokerUrl& url, std::string_view userinfo) {
  // "u:p@a,u:p@b" would be one host b and a password that names the other.
  const auto comma = userinfo.find(',');
  if (comma != std::string_view::npos && userinfo.find('@') < comma) {
    refuse("several hosts, each with a user of its own",
           "hosts of one URL share one user: amqp://user:password@a,b");
  }
  const auto colon = userinfo.find(':');
  url.user = percent_decode(userinfo.substr(0, colon), "user name");
  url.user_given = true;
  if (colon != std::string_view::npos) {
    url.password = Secret(percent_decode(userinfo.substr(colon + 1), "password"));
  }
}

void parse_host(BrokerUrl& url, std::string_view host) {
  std::string_view port;
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    if (end == std::string_view::npos) {
      refuse("the IPv6 address lacks its ']'");
    }
    port = host.substr(end + 1);
    host = host.substr(1, end - 1);
    if (!port.empty() && !port.starts_with(':')) {
      refuse("after the IPv6 address comes ':' and the port");
    }
  } else if (const auto colon = host.find(':'); colon != std::string_view::npos) {
    port = host.substr(colon);
    host = host.substr(0, colon);
  }
  if (!port.empty()) {
    const auto* const end = port.data() + port.size();
    url.port = 0;
    if (std::from_chars(port.data() + 1, end, url.port).ptr != end || url.port == 0) {
      // The message does not show it: if the host is missing, this is the password.
      refuse("the port is not a number from 1 to 65535");
    }
  }
  url.host = percent_decode(host, "host");
  if (url.host.empty()) {
    refuse("the host is missing");
  }
  if (url.host.find_first_of(std::string_view(" \t\r\n\0/@", 7)) != std::string::npos) {
    refuse(fmt::format("'{}' is no host name", visible(url.host)));
  }
}

template <class Take>
void for_each_host(std::string_view hosts, const Take& take) {
  do {
    const auto host = hosts.substr(0, hosts.find(','));
    hosts.remove_prefix(std::min(host.size() + 1, hosts.size()));
    take(host);
  } while (!hosts.empty());
}

void parse_one(std::string_view text, std::vector<BrokerUrl>& urls) {
  BrokerUrl common;
  const auto scheme_end = text.find("://");
  const auto scheme = text.substr(0, scheme_end);
  if (scheme_end == std::string_view::npos || (scheme != "amqp" && scheme != "amqps")) {
    // Nothing of the text is shown: without a scheme there is no telling where a password is.
    refuse("it begins with neither amqp:// nor amqps://");
  }
  common.tls = scheme == "amqps";
  common.port = common.tls ? 5671 : 5672;
  text.remove_prefix(scheme_end + 3);
  if (text.find('@', std::min(text.find_first_of("/?"), text.size())) != std::string_view::npos) {
    // Most likely that '/' or '?' belongs to the password and does not begin a virtual host.
    refuse("an '@' stands after the first '/' or '?'",
           "in the user name, the password and the virtual host write '/' as %2F, '?' as %3F and "
           "'@' as %40");
  }

  const auto end = std::min(text.find_first_of("/?"), text.size());
  auto hosts = text.substr(0, end);
  text.remove_prefix(end);
  if (const auto at = hosts.rfind('@'); at != std::string_view::npos) {
    parse_credentials(common, hosts.substr(0, at));
    hosts.remove_prefix(at + 1);
  }
  // Before the rest is looked at, and shown: without a host, it may belong to a password.
  for_each_host(hosts, [](std::string_view host) {
    BrokerUrl unused;
    parse_host(unused, host);
  });
  if (const auto query = text.find('?'); query != std::string_view::npos) {
    parse_query(common, text.substr(query + 1));
    text = text.substr(0, query);
  }
  if (text.find('/', 1) != std::string_view::npos) {
    refuse("the virtual host contains a '/'", "write the slash as %2F");
  }
  if (text.size() > 1) {
    common.vhost = percent_decode(text.substr(1), "virtual host");
  }
  for_each_host(hosts, [&](std::string_view host) {
    urls.push_back(common);
    parse_host(urls.back(), host);
  });
}

}  // namespace

std::string BrokerUrl::shown() const {
  const auto user_part = user_given ? percent_encoded(user) + "@" : std::string();
  const auto host_part = host.find(':') == std::string::npos
                             ? percent_encoded(host)
                             : "[" + percent_encoded(host, ":") + "]";
  const auto vhost_part = vhost == "/" ? std::string() : percent_encoded(vhost);
  return fmt::format("{}://{}{}:{}/{}", tls ? "amqps" : "amqp", user_part, host_part, port,
                     vhost_part);
}

std::vector<BrokerUrl> parse_broker_urls(std::string_view text) {
  std::vector<BrokerUrl> urls;
  text = trim(text);
  while (!text.empty()) {
    // A comma ends a URL only where another one begins; otherwise it joins hosts.
    auto end = text.size();
    for (const std::string_view next : {",amqp://", ",amqps://"}) {
      end = std::min(end, text.find(next));
    }
    parse_one(text.substr(0, end), urls);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (urls.empty()) {
    refuse("it is empty");
  }
  return urls;
}

}  // namespace mscomm
