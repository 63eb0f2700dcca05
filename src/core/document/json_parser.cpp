#include "core/document/json_parser.h"

#include <fmt/format.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/document/json_pointer.h"
#include "core/document/json_value.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

// Builds a value of what the parser reports. Json::parse() looks for each name among all members
// before it.
class JsonBuilder {
 public:
  explicit JsonBuilder(RepeatedNames repeated) : repeated_(repeated) {}

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(Json::number_integer_t value) { return add(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return add(value); }
  bool number_float(double value, const std::string& /*text*/) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(Json::binary_t& /*value*/) { return false; }

  bool start_array(std::size_t /*size*/) { return begin(Json::array()); }
  bool start_object(std::size_t /*size*/) { return begin(Json::object()); }
  bool end_array() { return end(); }
  bool end_object() { return end(); }

  bool key(std::string& name) {
    auto& level = levels_.back();
    auto& members = level.value.get_ref<Json::object_t&>();
    const auto [place, is_new] = level.places.try_emplace(name, members.size());
    level.member = place->second;
    if (is_new) {
      members.emplace_back(std::move(name), nullptr);
    } else if (repeated_ == RepeatedNames::refuse) {
      problem_ = fmt::format("has the member {} twice at #{}", in_quotes(name), pointer());
    }
    return problem_.empty();
  }

  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& reason) {
    constexpr int kNumberOverflow = 406;  // its number in the documentation of nlohmann's JSON
    problem_ = reason.id == kNumberOverflow ? "has a number out of range" : "is not JSON";
    return false;
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }
  Json take() { return std::move(root_); }

 private:
  struct Level {
    Json value;
    std::size_t member = 0;  // whose value comes next
    std::unordered_map<std::string, std::size_t> places;
  };

  static Json::object_t::value_type& member_of(Level& level) {
    return level.value.get_ref<Json::object_t&>().data()[level.member];
  }

  bool add(Json value) {
    if (levels_.empty()) {
      root_ = std::move(value);
    } else if (auto& level = levels_.back(); level.value.is_array()) {
      level.value.push_back(std::move(value));
    } else {
      member_of(level).second = std::move(value);
    }
    return true;
  }

  bool begin(Json empty) {
    levels_.emplace_back().value = std::move(empty);
    return true;
  }

  bool end() {
    auto value = std::move(levels_.back().value);
    levels_.pop_back();
    return add(std::move(value));
  }

  // To the object that the names are now of.
  [[nodiscard]] std::string pointer() {
    std::string pointer;
    for (std::size_t i = 0; i + 1 < levels_.size(); ++i) {
      auto& level = levels_[i];
      append_pointer_step(pointer, level.value.is_array() ? std::to_string(level.value.size())
                                                          : member_of(level).first);
    }
    return visible(pointer);
  }

  RepeatedNames repeated_;
  std::vector<Level> levels_;
  std::string problem_;
  Json root_;
};

}  // namespace

std::optional<Json> parse_json(std::string_view text, RepeatedNames repeated,
                               std::string& problem) {
  JsonBuilder builder(repeated);
  if (!Json::sax_parse(text, &builder)) {
    problem = is_utf8(text) ? builder.problem() : "is not JSON in UTF-8";
    return std::nullopt;
  }
  return builder.take();
}

}  // namespace mscomm
