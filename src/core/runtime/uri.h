#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mscomm {

/// The parts of a URI reference (RFC 3986 section 4.1), views of its text. A part that is absent is
/// not the same as an empty one.
struct UriParts {
  std::optional<std::string_view> scheme;
  std::optional<std::string_view> authority;
  std::string_view path;
  std::optional<std::string_view> query;
  std::optional<std::string_view> fragment;
};

/// Takes any text apart as RFC 3986 appendix B does it, without judging it.
UriParts split_uri(std::string_view reference);

/// The URI that `reference` means in a document at `base` (RFC 3986 section 5.2). Without a base
/// (an empty or relative one) as much as can be said.
std::string resolve_uri(std::string_view base, std::string_view reference);

/// Whether the text is a URI reference, character by character (RFC 3986 section 4.1).
bool is_uri_reference(std::string_view text);

/// Whether the text is a URI with a scheme (RFC 3986 section 3).
bool is_uri(std::string_view text);

/// `text` with every %XX replaced by its byte; other percent signs stay.
std::string percent_decoded(std::string_view text);

}  // namespace mscomm
