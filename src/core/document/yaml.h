#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/document/document.h"

namespace mscomm {

/// Parses a text with one YAML document into a JSON value. Plain scalars follow the core schema of
/// YAML 1.2 (section 10.3): dates and `yes` stay strings. Names of members are strings as written
/// (`200:`). Merge keys (`<<`) are supported.
///
/// Throws Error{usage}, "TITLE:LINE:COLUMN: what", for text that is not YAML, for what JSON does
/// not have (keys that are not scalars, .inf and .nan, custom tags), for a repeated name, for a
/// second document, for nesting deeper than kMostDocumentLevels, and for aliases that would
/// multiply a small text into more than 1'000'000 values.
Document parse_yaml(std::string_view text, const std::string& title);

/// The documents of a stream, in their order; none for an empty stream. The limit on values from
/// aliases counts for all of them together.
std::vector<Document> parse_yaml_stream(std::string_view text, const std::string& title);

}  // namespace mscomm
