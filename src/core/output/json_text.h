#pragma once

#include <string>
#include <string_view>

#include "core/output/pieces.h"

namespace mscomm {

/// Whether `text` is one JSON value (RFC 8259), with white space around it if any; of any depth,
/// and with numbers of any size.
bool is_json(std::string_view text, const Pause& pause = {});

/// A media type without its parameters, in lower case: "application/json".
std::string media_type_of(std::string_view content_type);

/// Whether a media type is JSON (RFC 8259) or has its structure (`+json`, RFC 6839).
bool is_json_type(std::string_view content_type);

/// Appends JSON without insignificant white space: one line. Numbers, key order and duplicate keys
/// are kept; DEL and C1 controls in strings become escapes. `json` must be JSON.
void append_compact_json(std::string& out, std::string_view json, const Pause& pause = {});

/// As append_compact_json(), with a line for each member, indented by two spaces a level for up to
/// 64 levels; with `colored`, in jq's colours for a terminal.
void append_indented_json(std::string& out, std::string_view json, bool colored = false,
                          const Pause& pause = {});

}  // namespace mscomm
