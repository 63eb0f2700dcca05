#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/output/pieces.h"

namespace mscomm {

/// What a text that may be JSON holds.
struct JsonScan {
  bool is_json = false;
  /// The byte, from 0, at which it stops being JSON; its size if it ends too early.
  std::size_t stops_at = 0;
  /// About how many bytes libjq 1.6 takes for the values, at most; of what was read, when it is not
  /// JSON. Other parsers take less.
  std::uint64_t memory = 0;
};

/// How many JSON texts there may be: one, or any number but none, as jq reads them.
enum class JsonTexts { one, several };

/// Reads a text as JSON (RFC 8259, in UTF-8, any depth, numbers of any size) in linear time and
/// without keeping it: is_json() for texts of which a tree would fill the memory.
JsonScan scan_json(std::string_view text, JsonTexts texts = JsonTexts::one,
                   const Pause& pause = {});

}  // namespace mscomm
