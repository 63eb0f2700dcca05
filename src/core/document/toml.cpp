#include "core/document/toml.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/runtime/error.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const toml::date& date) {
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::string text_of(const toml::time& time) {
  auto text = fmt::format("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
  if (time.nanosecond != 0) {
    text += fmt::format(".{:09}", time.nanosecond);
    text.resize(text.find_last_not_of('0') + 1);
  }
  return text;
}

std::string text_of(const toml::date_time& value) {
  auto text = text_of(value.date) + 'T' + text_of(value.time);
  if (value.offset && value.offset->minutes == 0) {
    text += 'Z';
  } else if (value.offset) {
    const auto minutes = std::abs(value.offset->minutes);
    text += fmt::format("{}{:02}:{:02}", value.offset->minutes < 0 ? '-' : '+', minutes / 60,
                        minutes % 60);
  }
  return text;
}

class TomlReader {
 public:
  explicit TomlReader(const std::string& title) : title_(title) {}

  Document read(std::string_view text) {
    try {
      const auto root = toml::parse(text);
      auto value = value_of(root, {1, 1}, 0);
      return {std::move(value), std::move(places_)};
    } catch (const toml::parse_error& error) {
      refuse(error.source().begin, error.description());
    }
  }

 private:
  [[noreturn]] void refuse(const toml::source_position& at, std::string_view message) const {
    throw Error(Exit::usage, fmt::format("{}:{}:{}: {}", title_, at.line, at.column, message));
  }

  // `name` is the place of the value's name, for tables that have no place of their own because
  // only the names of other tables imply them.
  Json value_of(const toml::node& node, const toml::source_position& name, std::size_t depth) {
    const auto at = node.source().begin ? node.source().begin : name;
    const auto entry = places_.size();
    places_.push_back({{at.line, at.column}});
    if (depth > kMostDocumentLevels) {
      refuse(at, fmt::format("nested deeper than {} levels", kMostDocumentLevels));
    }
    auto value = node.is_table()   ? members_of(*node.as_table(), depth)
                 : node.is_array() ? items_of(*node.as_array(), at, depth)
                                   : scalar(node, at);
    places_[entry].size = static_cast<std::uint32_t>(places_.size() - entry);
    return value;
  }

  Json members_of(const toml::table& table, std::size_t depth) {
    std::vector<std::pair<const toml::key*, const toml::node*>> members;
    for (const auto& [name, node] : table) {  // toml++ sorts by name
      members.emplace_back(&name, &node);
    }
    std::ranges::stable_sort(members, std::less(),
                             [](const auto& each) { return each.first->source().begin; });
    auto value = Json::object();
    auto& written = value.get_ref<Json::object_t&>();
    for (const auto& [name, node] : members) {
      written.emplace_back(std::string(name->str()),
                           value_of(*node, name->source().begin, depth + 1));
    }
    return value;
  }

  Json items_of(const toml::array& array, const toml::source_position& at, std::size_t depth) {
    auto value = Json::array();
    for (const auto& item : array) {
      value.push_back(value_of(item, at, depth + 1));
    }
    return value;
  }

  [[nodiscard]] Json scalar(const toml::node& node, const toml::source_position& at) const {
    return node.visit([&](const auto& typed) -> Json {
      if constexpr (toml::is_floating_point<decltype(typed)>) {
        if (!std::isfinite(typed.get())) {
          refuse(at, fmt::format("JSON has no number {}", typed.get()));
        }
      }
      if constexpr (toml::is_chronological<decltype(typed)>) {
        return text_of(typed.get());
      } else if constexpr (toml::is_value<decltype(typed)>) {
        return typed.get();
      } else {
        return nullptr;  // a table or an array is not a scalar
      }
    });
  }

  const std::string& title_;
  PlaceTable places_;
};

}  // namespace

Document parse_toml(std::string_view text, const std::string& title) {
  return TomlReader(title).read(text);
}

}  // namespace mscomm
