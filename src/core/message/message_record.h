#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/message/message.h"

namespace mscomm {

/// One line of `publish --jsonl`. Members that the line lacks are absent.
struct MessageRecord {
  std::optional<std::string> exchange;
  std::optional<std::string> routing_key;
  Properties properties;
  std::string body;
  bool has_body = false;
};

/// Reads a line written by append_delivery_json() or by hand. Members about where and when the
/// message was received are accepted and ignored; `json` is the body when there is no `body`.
/// Throws Error{usage} that begins with `where` (for example "line 3") and names the member, with a
/// suggestion for a misspelt one.
MessageRecord parse_message_record(std::string_view line, const std::string& where);

}  // namespace mscomm
