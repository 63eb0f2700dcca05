#pragma once

#include <string>
#include <string_view>

#include "core/document/document.h"

namespace mscomm {

/// The value of a TOML document (1.0) in JSON's terms, with its names in the order of the text.
/// Dates and times are strings as RFC 3339 writes them: "1979-05-27T07:32:00Z".
///
/// Throws Error{usage}, "TITLE:LINE:COLUMN: what", for what is not TOML, for the numbers that JSON
/// does not have (inf, nan), and for what is nested too deeply.
Document parse_toml(std::string_view text, const std::string& title);

}  // namespace mscomm
