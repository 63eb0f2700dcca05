#include "core/message/dead_letter.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace mscomm {
namespace {

constexpr std::string_view kDeaths = "x-death";
constexpr std::string_view kEarlierDeaths = "x-mscomm-death";
constexpr std::string_view kReturns = "x-mscomm-returns";
constexpr std::string_view kUser = "x-mscomm-user-id";

using Renaming = std::pair<std::string_view, std::string_view>;
constexpr std::array kRoutingHeaders{Renaming{"CC", "x-mscomm-cc"},
                                     Renaming{"BCC", "x-mscomm-bcc"}};
constexpr std::array<std::string_view, 2> kAboutTheOriginal{"x-delivery-count", "x-stream-offset"};

template <class Table>
auto find_name(Table& table, std::string_view name) {
  return std::find_if(table.begin(), table.end(),
                      [name](const auto& entry) { return std::string_view(entry.first) == name; });
}

// The member if it has this type, else nullptr.
template <class T>
const T* find(const FieldTable& table, std::string_view name) {
  const auto found = find_name(table, name);
  return found == table.end() ? nullptr : std::get_if<T>(&found->second.data);
}

const FieldArray* deaths_of(const Properties& properties) {
  return properties.headers ? find<FieldArray>(*properties.headers, kDeaths) : nullptr;
}

bool has_text(const FieldTable& table, std::string_view name, std::string_view wanted) {
  const auto* text = find<std::string>(table, name);
  return text != nullptr && *text == wanted;
}

// x-death has an entry for each pair of queue and reason, the one that counted last at the front.
// So the first death is not always at the end, but RabbitMQ names it in headers of its own.
const FieldTable* first_death(const FieldTable& headers, const FieldArray& deaths) {
  const auto* queue = find<std::string>(headers, "x-first-death-queue");
  const auto* reason = find<std::string>(headers, "x-first-death-reason");
  if (queue != nullptr && reason != nullptr) {
    for (const auto& each : deaths) {
      const auto* death = std::get_if<FieldTable>(&each.data);
      if (death != nullptr && has_text(*death, "queue", *queue) &&
          has_text(*death, "reason", *reason)) {
        return death;
      }
    }
  }
  return std::get_if<FieldTable>(&deaths.back().data);
}

void rename_header(FieldTable& headers, const Renaming& names) {
  if (const auto found = find_name(headers, names.first); found != headers.end()) {
    auto value = std::move(found->second);
    headers.erase(found);
    set_field(headers, names.second, std::move(value));
  }
}

std::int64_t returns_of(const FieldTable& headers) {
  const auto* count = find<std::uint64_t>(headers, kReturns);
  return count == nullptr ? 0 : static_cast<std::int64_t>(*count);
}

}  // namespace

std::optional<Route> origin_of(const Properties& properties, Death which) {
  const auto* deaths = deaths_of(properties);
  if (deaths == nullptr || deaths->empty()) {
    return std::nullopt;
  }
  const auto* death = which == Death::first ? first_death(*properties.headers, *deaths)
                                            : std::get_if<FieldTable>(&deaths->front().data);
  if (death == nullptr) {
    return std::nullopt;
  }
  const auto* exchange = find<std::string>(*death, "exchange");
  const auto* queue = find<std::string>(*death, "queue");
  const auto* keys = find<FieldArray>(*death, "routing-keys");
  if (queue != nullptr && exchange != nullptr &&
      (exchange->empty() || (keys != nullptr && keys->size() > 1))) {
    return Route{"", *queue};
  }
  const auto* key =
      keys == nullptr || keys->empty() ? nullptr : std::get_if<std::string>(&keys->front().data);
  return exchange == nullptr || key == nullptr ? std::nullopt
                                               : std::optional(Route{*exchange, *key});
}

bool has_died_in(const Properties& properties, std::string_view queue) {
  const auto* deaths = deaths_of(properties);
  return deaths != nullptr && std::ranges::any_of(*deaths, [queue](const auto& each) {
           const auto* death = std::get_if<FieldTable>(&each.data);
           return death != nullptr && has_text(*death, "queue", queue);
         });
}

void begin_anew(Properties& properties) {
  auto& headers = headers_of(properties);
  std::erase_if(headers, [](const auto& header) {
    return header.first.starts_with("x-first-death-") || header.first.starts_with("x-last-death-");
  });
  rename_header(headers, {kDeaths, kEarlierDeaths});
  set_field(headers, kReturns, FieldValue::integer(returns_of(headers) + 1));
}

void detach_copy(Properties& properties, const std::optional<std::string>& user) {
  if (properties.headers) {
    std::erase_if(*properties.headers, [](const auto& header) {
      return std::ranges::find(kAboutTheOriginal, std::string_view(header.first)) !=
             kAboutTheOriginal.end();
    });
    for (const auto& names : kRoutingHeaders) {
      rename_header(*properties.headers, names);
    }
  }
  if (properties.user_id && properties.user_id != user) {
    set_field(headers_of(properties), kUser, FieldValue::text(std::move(*properties.user_id)));
    properties.user_id.reset();
  }
}

}  // namespace mscomm
