#include "core/http/http_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <optional>

#include "core/http/curl_library.h"
#include "core/runtime/ascii.h"
#include "core/runtime/error.h"
#include "core/runtime/idn2_library.h"
#include "core/runtime/redact.h"

namespace mscomm {
namespace {

constexpr const char* kUrlHint =
    "write it as http://host:port/path, or https://; ':8080/path' is localhost";

CurlUrl new_url() {
  CurlUrl url(CurlLibrary::get().url());
  if (!url) {
    throw std::bad_alloc();
  }
  return url;
}

// One part; nothing when the URL does not have it.
std::optional<std::string> part_of(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* raw = nullptr;
  if (CurlLibrary::get().url_get(url, which, &raw, flags) != CURLUE_OK) {
    return std::nullopt;
  }
  const CurlString owner(raw);
  return std::string(raw);
}

CURLUcode set_part(CURLU* url, CURLUPart which, const char* value, unsigned flags = 0) {
  return CurlLibrary::get().url_set(url, which, value, flags);
}

// libcurl would decode the host by the locale, and only when it resolves it.
CURLUcode in_ascii(CURLU* url, CURLUcode code) {
  const auto host = code == CURLUE_OK ? part_of(url, CURLUPART_HOST) : std::nullopt;
  const auto ascii = to_a_labels(host.value_or(""));
  if (!ascii) {
    return CURLUE_BAD_HOSTNAME;
  }
  return !host || ascii == host ? code : set_part(url, CURLUPART_HOST, ascii->c_str());
}

// Reads a URL, or a reference relative to `url`. Reads it twice: libcurl 7.88 decodes "http://%39/"
// to "http://9/" and recognises the address 0.0.0.9 only when it reads that again.
CURLUcode read_url(CURLU* url, const std::string& text) {
  constexpr unsigned kFlags = CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME;
  const auto code = set_part(url, CURLUPART_URL, text.c_str(), kFlags);
  const auto read = code == CURLUE_OK ? part_of(url, CURLUPART_URL) : std::nullopt;
  return read ? in_ascii(url, set_part(url, CURLUPART_URL, read->c_str(), kFlags)) : code;
}

std::string origin_of(CURLU* url) {
  const auto host = lower_case(part_of(url, CURLUPART_HOST).value_or(""));
  return fmt::format("{}://{}:{}", part_of(url, CURLUPART_SCHEME).value_or(""), host,
                     part_of(url, CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or(""));
}

bool speaks_http(CURLU* url) {
  const auto scheme = part_of(url, CURLUPART_SCHEME);
  return scheme == "http" || scheme == "https";
}

// "http://user:/word@host/": a password that begins with a slash, where libcurl sees the host
// "user" and an empty port.
bool misses_password(CURLU* url, std::string_view text) {
  return !part_of(url, CURLUPART_USER) && has_password(text);
}

// libcurl 7.88 encodes a percent sign in the host anew each time it reads the URL.
bool has_sound_host(CURLU* url) {
  return part_of(url, CURLUPART_HOST).value_or("").find('%') == std::string::npos;
}

HttpUrl take_apart(CURLU* url) {
  HttpUrl result;
  const bool has_user = part_of(url, CURLUPART_USER).has_value();
  result.user = part_of(url, CURLUPART_USER, CURLU_URLDECODE).value_or("");
  result.password = Secret(part_of(url, CURLUPART_PASSWORD, CURLU_URLDECODE).value_or(""));
  result.origin = origin_of(url);
  set_part(url, CURLUPART_FRAGMENT, nullptr);
  if (part_of(url, CURLUPART_PASSWORD)) {
    set_part(url, CURLUPART_PASSWORD, "***");
  }
  result.shown = shown_url(part_of(url, CURLUPART_URL).value_or(""));
  if (has_user) {
    set_part(url, CURLUPART_USER, nullptr);
    set_part(url, CURLUPART_PASSWORD, nullptr);
  }
  result.text = part_of(url, CURLUPART_URL).value_or("");
  return result;
}

bool has_scheme(std::string_view text) {
  const auto end = text.find("://");
  return end != std::string_view::npos && text.find_first_of("/?#") > end;
}

// The URL with its shorthands expanded.
std::string completed(std::string_view text, std::string_view base_url) {
  if (text.starts_with('/')) {
    if (base_url.empty() || base_url.starts_with('/')) {
      throw Error(Exit::usage, fmt::format("'{}' is a path, not a URL", shown_url(text)),
                  "give the whole URL, or --base-url, or base_url in the profile");
    }
    if (base_url.find_first_of("?#") != std::string_view::npos) {
      throw Error(Exit::usage, "--base-url: a path cannot follow a query or a fragment",
                  "--query NAME=VALUE adds to every URL");
    }
    const auto base_end = std::min(base_url.find_last_not_of('/') + 1, base_url.size());
    return completed(base_url.substr(0, base_end), {}).append(text);
  }
  if (text.starts_with(':')) {
    // ":/path" means port 80.
    return fmt::format("http://localhost{}", text.starts_with(":/") ? text.substr(1) : text);
  }
  return has_scheme(text) ? std::string(text) : fmt::format("http://{}", text);
}

}  // namespace

HttpUrl parse_http_url(std::string_view text, std::string_view base_url) {
  const auto full = completed(text, base_url);
  const auto url = new_url();
  const auto refuse = [&](const char* reason) {
    throw Error(Exit::usage, fmt::format("'{}' is not a URL: {}", shown_url(full), reason),
                kUrlHint);
  };
  if (text.empty() || full.find('\0') != std::string::npos) {
    refuse("it is empty or holds a NUL byte");
  }
  if (full.substr(full.find("://")).starts_with(":///")) {
    refuse("it has no host");  // libcurl would take the first part of the path as host
  }
  const auto code = read_url(url.get(), full);
  if (code != CURLUE_OK) {
    refuse(CurlLibrary::get().url_strerror(code));
  }
  if (misses_password(url.get(), full)) {
    refuse("the port is missing, or a '/' in the password is not written %2F");
  }
  if (!has_sound_host(url.get())) {
    refuse("no host has a percent sign in its name");
  }
  if (!speaks_http(url.get())) {
    throw Error(Exit::usage,
                fmt::format("'{}': only http:// and https:// are spoken here", shown_url(full)),
                kUrlHint);
  }
  return take_apart(url.get());
}

HttpUrl resolve_location(const HttpUrl& from, std::string_view location) {
  const auto url = new_url();
  set_part(url.get(), CURLUPART_URL, from.text.c_str());
  const auto code = read_url(url.get(), std::string(location));
  if (code != CURLUE_OK || !speaks_http(url.get()) || !has_sound_host(url.get()) ||
      misses_password(url.get(), location)) {
    throw Error(Exit::failed,
                fmt::format("it redirects to '{}', which is not an HTTP URL", shown_url(location)));
  }
  return take_apart(url.get());
}

HttpUrl with_query(const HttpUrl& from, std::string_view pair) {
  const auto separator = pair.find('=');
  const auto key = pair.substr(0, separator);
  if (key.empty()) {
    throw Error(Exit::usage, "--query: the name before '=' is missing",
                "write it as --query NAME=VALUE");
  }
  const auto& curl = CurlLibrary::get();
  const auto encode = [&curl](std::string_view part) {
    if (part.empty()) {  // libcurl calls strlen() for a length of 0
      return std::string();
    }
    const CurlString encoded(curl.easy_escape(nullptr, part.data(), static_cast<int>(part.size())));
    return std::string(encoded.get());
  };
  auto addition = encode(key);
  if (separator != std::string_view::npos) {
    addition += '=' + encode(pair.substr(separator + 1));
  }
  HttpUrl result = from;
  for (auto* text : {&result.text, &result.shown}) {
    const bool has_query = text->find('?') != std::string::npos;
    const bool needs_separator = text->back() != '?' && text->back() != '&';
    *text += !has_query ? "?" : needs_separator ? "&" : "";
    *text += addition;
  }
  result.shown = shown_url(result.shown);
  return result;
}

std::string with_host(const HttpUrl& from, const std::string& host) {
  const auto url = new_url();
  set_part(url.get(), CURLUPART_URL, from.text.c_str());
  if (const auto code = set_part(url.get(), CURLUPART_HOST, host.c_str()); code != CURLUE_OK) {
    throw Error(Exit::usage, fmt::format("'{}' is not a host name", host));
  }
  return part_of(url.get(), CURLUPART_URL).value_or(from.text);
}

}  // namespace mscomm
