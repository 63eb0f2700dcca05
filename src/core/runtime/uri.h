#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mscomm {

/// The parts of a URI reference (RFC 3986 section 4.1), as views of its text. An absent part
/// differs from an empty one.
struct UriParts {
  std::optional<std::string_view> scheme;
  std::optional<std::string_view> authority;
  std::string_view path;
  std::optional<std::string_view> query;
  std::optional<std::string_view> fragment;
};

/// Splits any text as RFC 3986 appendix B does, without validating it.
UriParts split_uri(std::string_view reference);

/// Resolves `reference` against `base` (RFC 3986 section 5.2). With an empty or relative base the
/// result may still be relative.
std::string resolve_uri(std::string_view base, std::string_view reference);

/// Whether the text is a URI reference, character by character (RFC 3986 section 4.1).
bool is_uri_reference(std::string_view text);

/// Whether the text is a URI with a scheme (RFC 3986 section 3).
bool is_uri(std::string_view text);

/// `text` with every %XX replaced by its byte; other percent signs stay.
std::string percent_decoded(std::string_view text);

/// `text` with every byte as %XX that is neither unreserved (RFC 3986 section 2.3) nor one of
/// `also_plain`.
std::string percent_encoded(std::string_view text, std::string_view also_plain = {});

}  // namespace mscomm
