#include "core/runtime/uri.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace mscomm {
namespace {

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

constexpr std::string_view kUnreservedMarks = "-._~";
constexpr std::string_view kSubDelimiters = "!$&'()*+,;=";

// Whether all characters are unreserved, sub-delimiters, complete percent-encodings or in `more`.
bool consists_of_characters(std::string_view text, std::string_view more) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) {
        return false;
      }
      i += 2;
    } else if (!is_alpha(c) && !is_digit(c) && kUnreservedMarks.find(c) == std::string_view::npos &&
               kSubDelimiters.find(c) == std::string_view::npos &&
               more.find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool is_scheme(std::string_view text) {
  return !text.empty() && is_alpha(text.front()) && std::ranges::all_of(text, [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

// RFC 3986 section 3.2.2: "v" hexadecimal digits "." characters
bool is_future_address(std::string_view text) {
  const auto dot = text.find('.');
  return dot != std::string_view::npos && dot > 1 && (text[0] == 'v' || text[0] == 'V') &&
         std::ranges::all_of(text.substr(1, dot - 1), is_hex) && dot + 1 < text.size() &&
         text.find('%') == std::string_view::npos &&
         consists_of_characters(text.substr(dot + 1), ":");
}

bool is_bracketed_host(std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return is_future_address(text) ||
         (text.find('\0') == std::string_view::npos &&
          inet_pton(AF_INET6, std::string(text).c_str(), address.data()) == 1);
}

bool is_authority(std::string_view text) {
  if (const auto at = text.find('@'); at != std::string_view::npos) {
    if (!consists_of_characters(text.substr(0, at), ":")) {
      return false;
    }
    text.remove_prefix(at + 1);
  }
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || !is_bracketed_host(text.substr(1, end - 1))) {
      return false;
    }
    port = text.substr(end + 1);
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    if (!consists_of_characters(text.substr(0, colon), {})) {
      return false;
    }
    port = text.substr(colon);
  }
  return port.empty() || (port.front() == ':' && std::ranges::all_of(port.substr(1), is_digit));
}

// RFC 3986 section 5.2.4
std::string without_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    if (path.starts_with("../")) {
      path.remove_prefix(3);
    } else if (path.starts_with("./") || path.starts_with("/./")) {
      path.remove_prefix(2);
    } else if (path == "/." || path.starts_with("/../") || path == "/..") {
      if (path != "/.") {
        const auto slash = out.rfind('/');
        out.erase(slash == std::string::npos ? 0 : slash);
      }
      path = path.starts_with("/../") ? path.substr(3) : "/";
    } else if (path == "." || path == "..") {
      path = {};
    } else {
      const auto end = std::min(path.find('/', 1), path.size());
      out += path.substr(0, end);
      path.remove_prefix(end);
    }
  }
  return out;
}

// RFC 3986 section 5.2.3
std::string merged(const UriParts& base, std::string_view path) {
  if (base.authority && base.path.empty()) {
    return std::string("/").append(path);
  }
  return std::string(base.path.substr(0, base.path.rfind('/') + 1)).append(path);
}

std::string joined(const UriParts& from, std::string_view path, const UriParts& last) {
  std::string out;
  const auto add = [&out](std::string_view before, const auto& part, std::string_view after) {
    if (part) {
      out.append(before).append(*part).append(after);
    }
  };
  add("", from.scheme, ":");
  add("//", from.authority, "");
  out += path;
  add("?", last.query, "");
  add("#", last.fragment, "");
  return out;
}

}  // namespace

UriParts split_uri(std::string_view reference) {
  UriParts parts;
  if (const auto hash = reference.find('#'); hash != std::string_view::npos) {
    parts.fragment = reference.substr(hash + 1);
    reference = reference.substr(0, hash);
  }
  if (const auto mark = reference.find('?'); mark != std::string_view::npos) {
    parts.query = reference.substr(mark + 1);
    reference = reference.substr(0, mark);
  }
  if (const auto colon = reference.find_first_of(":/");
      colon != std::string_view::npos && colon > 0 && reference[colon] == ':') {
    parts.scheme = reference.substr(0, colon);
    reference.remove_prefix(colon + 1);
  }
  if (reference.starts_with("//")) {
    reference.remove_prefix(2);
    const auto end = std::min(reference.find('/'), reference.size());
    parts.authority = reference.substr(0, end);
    reference.remove_prefix(end);
  }
  parts.path = reference;
  return parts;
}

std::string resolve_uri(std::string_view base, std::string_view reference) {
  const auto from = split_uri(base);
  auto to = split_uri(reference);
  if (to.scheme) {
    return joined(to, without_dot_segments(to.path), to);
  }
  to.scheme = from.scheme;
  if (to.authority) {
    return joined(to, without_dot_segments(to.path), to);
  }
  if (to.path.empty()) {
    to.query = to.query ? to.query : from.query;
    return joined(from, from.path, to);
  }
  return joined(
      from, without_dot_segments(to.path.starts_with('/') ? to.path : merged(from, to.path)), to);
}

bool is_uri_reference(std::string_view text) {
  const auto parts = split_uri(text);
  return (!parts.scheme || is_scheme(*parts.scheme)) &&
         (!parts.authority || is_authority(*parts.authority)) &&
         consists_of_characters(parts.path, ":@/") &&
         consists_of_characters(parts.query.value_or(""), ":@/?") &&
         consists_of_characters(parts.fragment.value_or(""), ":@/?");
}

bool is_uri(std::string_view text) { return split_uri(text).scheme && is_uri_reference(text); }

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2])) {
      unsigned byte = 0;
      std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string percent_encoded(std::string_view text, std::string_view also_plain) {
  std::string out;
  for (const char c : text) {
    const bool plain = is_alpha(c) || is_digit(c) ||
                       kUnreservedMarks.find(c) != std::string_view::npos ||
                       also_plain.find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace mscomm
