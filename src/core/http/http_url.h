#pragma once

#include <string>
#include <string_view>

#include "core/runtime/secret.h"

namespace mscomm {

/// An absolute http or https URL (RFC 3986), split into the parts that mscomm needs.
struct HttpUrl {
  std::string text;    ///< as requested: without user, password, fragment
  std::string shown;   ///< for messages and records: with the user, secrets as `***` (shown_url())
  std::string origin;  ///< scheme, host and port (RFC 9110 section 4.3.1): "http://localhost:8080"
  std::string user;    ///< from `http://user:password@host/`, decoded; may be empty
  Secret password;
};

/// Reads what a user types: `http://host/path`, `host/path` (http), `:8080/health` (localhost), and
/// `/path`, which `base_url` completes. Spaces and bytes above ASCII are percent-encoded.
/// Throws Error{usage} for anything else, other schemes included.
HttpUrl parse_http_url(std::string_view text, std::string_view base_url = {});

/// The target of a `Location` header seen at `from` (RFC 9110 section 10.2.2).
/// Throws Error{failed} when it is not an http or https URL.
HttpUrl resolve_location(const HttpUrl& from, std::string_view location);

/// Adds `key=value` (or a lone `key`) to the query, percent-encoded (RFC 3986 section 2.1).
/// Throws Error{usage} without a key.
HttpUrl with_query(const HttpUrl& from, std::string_view pair);

/// `from.text` with another host; scheme, port and the rest stay. Throws Error{usage} when `host`
/// is not a host name.
std::string with_host(const HttpUrl& from, const std::string& host);

}  // namespace mscomm
