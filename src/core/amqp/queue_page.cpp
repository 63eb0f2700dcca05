#include "core/amqp/queue_page.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

bool are_in_order(const std::vector<QueueFacts>& queues) {
  return std::ranges::is_sorted(
      queues, [](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
}

}  // namespace

std::optional<QueuePage> read_queue_page(const Json& json) {
  const auto number = [&json](const char* name) -> std::optional<std::uint64_t> {
    const auto found = json.find(name);
    return found != json.end() && found->is_number_unsigned()
               ? std::optional(found->get<std::uint64_t>())
               : std::nullopt;
  };
  if (!json.is_object()) {
    return std::nullopt;
  }
  const auto items = json.find("items");
  const auto count = number("filtered_count");
  const auto pages = number("page_count");
  if (items == json.end() || !items->is_array() || !count || !pages) {
    return std::nullopt;
  }
  QueuePage page{{}, *count, *pages};
  for (const auto& item : *items) {
    auto queue = read_queue_facts(item);
    if (!queue) {
      return std::nullopt;
    }
    page.queues.push_back(std::move(*queue));
  }
  return are_in_order(page.queues) ? std::optional(std::move(page)) : std::nullopt;
}

// More than two wildcards could take the server long.
std::string wider_expression(std::string_view glob) {
  constexpr std::string_view kAny = ".*";
  std::string text = "(?s)^";
  int wildcards = 0;
  while (!glob.empty()) {
    const char c = glob.front();
    glob.remove_prefix(1);
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (is_word || c == '_' || c == '-') {
      text += c;
    } else if (std::string_view(".,:;/@ ").find(c) != std::string_view::npos) {
      text.append("\\").append(1, c);
    } else {
      const bool spans = c == '*' || c == '?';
      wildcards += text.ends_with(kAny) ? 0 : 1;
      text += text.ends_with(kAny) ? "" : kAny;
      if (!spans || wildcards == 2) {
        return text == "(?s)^.*" ? "" : text;  // a set, an escape or a byte beyond ASCII: whatever
      }
    }
  }
  return text == "(?s)^.*" ? "" : text + "$";
}

}  // namespace mscomm
