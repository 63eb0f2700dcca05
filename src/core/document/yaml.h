#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/document/document.h"

namespace mscomm {

/// The value of the one YAML document of a text in JSON's terms. Plain scalars mean what the core
/// schema of YAML 1.2 (section 10.3) says: dates and `yes` stay strings. Names of members are
/// strings as they are written (`200:`), merge keys (`<<`) are obeyed.
///
/// Throws Error{usage}, "TITLE:LINE:COLUMN: what", for what is not YAML, for what JSON has no words
/// for (other keys, .inf and .nan, tags of one's own), for a name that stands twice, for a second
/// document, and for aliases that would multiply a small text into more than 1'000'000 values.
Document parse_yaml(std::string_view text, const std::string& title);

/// The documents of a stream, in their order; none of an empty one. The bound on what aliases make
/// is one for all of them.
std::vector<Document> parse_yaml_stream(std::string_view text, const std::string& title);

}  // namespace mscomm
