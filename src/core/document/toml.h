#pragma once

#include <string>
#include <string_view>

#include "core/document/document.h"

namespace mscomm {

/// Parses a TOML document (1.0) into a JSON value, with names in the order of the text. Dates and
/// times become strings as in RFC 3339: "1979-05-27T07:32:00Z".
///
/// Throws Error{usage}, "TITLE:LINE:COLUMN: what", for text that is not TOML, for numbers that JSON
/// does not have (inf, nan), and for nesting deeper than kMostDocumentLevels.
Document parse_toml(std::string_view text, const std::string& title);

}  // namespace mscomm
