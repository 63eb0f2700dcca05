#pragma once

#include <string>
#include <string_view>

namespace mscomm {

/// Whether `text` is one JSON value (RFC 8259), with white space around it if any.
bool is_json(std::string_view text);

/// A media type without its parameters, in lower case: "application/json".
std::string media_type_of(std::string_view content_type);

/// Whether a media type is JSON (RFC 8259) or has its structure (`+json`, RFC 6839).
bool is_json_type(std::string_view content_type);

/// JSON without insignificant white space: one line. Numbers, key order and duplicate keys are
/// kept; DEL and C1 controls in strings become escapes. `json` must be JSON.
std::string compact_json(std::string_view json);

/// As compact_json(), with a line for each member, indented by two spaces a level for up to 64
/// levels; with `colored`, in jq's colours for a terminal.
std::string indent_json(std::string_view json, bool colored = false);

}  // namespace mscomm
