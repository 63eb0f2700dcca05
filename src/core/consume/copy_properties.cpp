#include "core/consume/copy_properties.h"

#include <array>
#include <utility>

namespace mscomm {
namespace {

struct Rename {
  std::string_view from;
  std::string_view to;  // empty: dropped
};
constexpr std::array kHeaders{Rename{"CC", "x-mscomm-cc"}, Rename{"BCC", "x-mscomm-bcc"},
                              Rename{"x-delivery-count", ""}, Rename{"x-stream-offset", ""}};

}  // namespace

void set_header(Properties& properties, std::string_view name, FieldValue value) {
  if (!properties.headers) {
    properties.headers.emplace();
  }
  std::erase_if(*properties.headers, [name](const auto& header) { return header.first == name; });
  properties.headers->emplace_back(name, std::move(value));
}

Properties copy_properties(const Properties& original) {
  auto copy = original;
  for (const auto& [from, to] : kHeaders) {
    if (!copy.headers) {
      break;
    }
    FieldTable kept;
    std::optional<FieldValue> moved;
    for (auto& header : *copy.headers) {
      if (header.first == from) {
        moved = std::move(header.second);
      } else {
        kept.push_back(std::move(header));
      }
    }
    copy.headers = std::move(kept);
    if (moved && !to.empty()) {
      set_header(copy, to, *std::move(moved));
    }
  }
  if (copy.user_id) {
    set_header(copy, "x-mscomm-user-id", FieldValue::text(*std::move(copy.user_id)));
    copy.user_id.reset();
  }
  return copy;
}

}  // namespace mscomm
