#include "core/document/json_parser.h"

#include <fmt/format.h>

#include <algorithm>
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

constexpr int kNumberOverflow = 406;  // out_of_range.406 in nlohmann's documentation

// nlohmann's message without its prefix and without the text it read, which may be secret, a
// megabyte long, or both: "syntax error while parsing value - invalid literal".
std::string reason_of(std::string_view what) {
  for (const std::string_view end : {"] ", ": "}) {
    if (const auto prefix = what.find(end); prefix != std::string_view::npos) {
      what.remove_prefix(prefix + end.size());
    }
  }
  return std::string(what.substr(0, what.find("; last read")));
}

// From "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error …".
std::string location_of(std::string_view what) {
  const auto at = what.find("line ");
  return std::string(at == std::string_view::npos ? what : what.substr(at));
}

JsonMistake mistake_of(std::size_t byte, const nlohmann::detail::exception& error) {
  const bool is_overflow = error.id == kNumberOverflow;
  return {is_overflow ? "has a number out of range" : "is not JSON", reason_of(error.what()),
          location_of(error.what()), is_overflow ? 0 : byte};
}

bool is_written_as_zero(std::string_view number) {
  return number.substr(0, number.find_first_of("eE")).find_first_of("123456789") ==
         std::string_view::npos;
}

// Accepts all values without keeping them, and keeps the error.
class JsonChecker final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*size*/) override { return true; }
  bool key(string_t& /*name*/) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t /*size*/) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t /*byte*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    location = location_of(error.what());
    return false;
  }

  std::string location;
};

// Follows the parser through a text, since the parser does not say where a value begins: the next
// value comes after white space and separators. The parser has read it, so it is well-formed.
class TokenPlaces {
 public:
  explicit TokenPlaces(std::string_view text) : rest_(text) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    rest_.remove_prefix(rest_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  }

  // The place of the next opening bracket, string, number or word.
  TextPlace next() {
    skip_separators();
    const auto place = here_;
    if (rest_.empty()) {
      return place;
    }
    if (rest_.front() == '"') {
      skip_string();
    } else if (rest_.front() == '{' || rest_.front() == '[') {
      skip(1);
    } else {
      skip(static_cast<std::size_t>(std::ranges::find_if(rest_, is_separator) - rest_.begin()));
    }
    return place;
  }

 private:
  static bool is_separator(char c) {
    return c == ' ' || c == ',' || c == ':' || c == '\n' || c == '\r' || c == '\t' || c == ']' ||
           c == '}';
  }

  void skip(std::size_t bytes) {
    here_.column += static_cast<std::uint32_t>(bytes);
    rest_.remove_prefix(bytes);
  }

  void skip_separators() {
    std::size_t i = 0;
    auto line_begin = i - (here_.column - 1);  // may wrap around, and back below
    for (; i < rest_.size() && is_separator(rest_[i]); ++i) {
      if (rest_[i] == '\n') {
        ++here_.line;
        line_begin = i + 1;
      }
    }
    here_.column = static_cast<std::uint32_t>(i - line_begin + 1);
    rest_.remove_prefix(i);
  }

  void skip_string() {
    std::size_t i = 1;
    std::size_t continued = 0;  // bytes of a character after its first
    for (; i < rest_.size() && rest_[i] != '"'; ++i) {
      i += rest_[i] == '\\' ? 1U : 0U;
      continued += (static_cast<unsigned char>(rest_[i]) & 0xC0U) == 0x80U ? 1U : 0U;
    }
    skip(std::min(i + 1, rest_.size()));
    here_.column -= static_cast<std::uint32_t>(continued);
  }

  std::string_view rest_;
  TextPlace here_;
};

// Builds a value from the parser's events. Json::parse() would take quadratic time: it looks for
// each name among all members before it.
class JsonBuilder {
 public:
  JsonBuilder(std::string_view text, RepeatedNames repeated, PlaceTable* places,
              LargeIntegers large)
      : repeated_(repeated), large_(large), places_(places), tokens_(text) {}

  bool null() { return scalar(nullptr); }
  bool boolean(bool value) { return scalar(value); }
  bool number_integer(Json::number_integer_t value) { return scalar(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return scalar(value); }
  // The parser gives an integer that does not fit as a double, too.
  bool number_float(double value, const std::string& text) {
    if (large_ == LargeIntegers::refuse && text.find_first_of(".eE") == std::string::npos) {
      mistake_ = {"has a number out of range", fmt::format("{} does not fit 64 bits", text), "", 0};
      return false;
    }
    if (large_ == LargeIntegers::refuse && value == 0 && !is_written_as_zero(text)) {
      mistake_ = {"has a number out of range",
                  fmt::format("{} is too small for 64 bits of floating point", text), "", 0};
      return false;
    }
    return scalar(value);
  }
  bool string(std::string& value) { return scalar(std::move(value)); }
  bool binary(Json::binary_t& /*value*/) { return false; }

  bool start_array(std::size_t /*size*/) { return begin(Json::array()); }
  bool start_object(std::size_t /*size*/) { return begin(Json::object()); }
  bool end_array() { return end(); }
  bool end_object() { return end(); }

  bool key(std::string& name) {
    if (places_ != nullptr) {
      tokens_.next();
    }
    auto& level = levels_.back();
    auto& members = level.value.get_ref<Json::object_t&>();
    level.member = level.find(name);
    if (level.member == members.size()) {
      level.append(std::move(name));
    } else if (repeated_ == RepeatedNames::refuse) {
      mistake_.problem = fmt::format("has the member {} twice at #{}", in_quotes(name), pointer());
      return false;
    }
    return true;
  }

  bool parse_error(std::size_t byte, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) {
    mistake_ = mistake_of(byte, error);
    return false;
  }

  JsonMistake take_mistake() { return std::move(mistake_); }
  Json take() { return std::move(root_); }

 private:
  // NOLINTNEXTLINE(bugprone-exception-escape): a Json that is moved throws nothing.
  struct Level {
    // The index of a member; the number of members when there is none with the name.
    [[nodiscard]] std::size_t find(const std::string& name) const {
      const auto& members = value.get_ref<const Json::object_t&>();
      if (members.size() > kFewMembers) {
        const auto known = index.find(name);
        return known == index.end() ? members.size() : known->second;
      }
      const auto has_name = [&name](const auto& each) { return each.first == name; };
      return static_cast<std::size_t>(std::ranges::find_if(members, has_name) - members.begin());
    }

    void append(std::string name) {
      auto& members = value.get_ref<Json::object_t&>();
      members.emplace_back(std::move(name), nullptr);
      const auto first_new = members.size() == kFewMembers + 1 ? 0 : members.size() - 1;
      for (auto i = first_new; members.size() > kFewMembers && i < members.size(); ++i) {
        index.emplace(members.data()[i].first, i);
      }
    }

    static constexpr std::size_t kFewMembers = 16;  // a linear search is faster up to this

    Json value;
    std::size_t entry = 0;                               // index in the table of places
    std::size_t member = 0;                              // the member whose value comes next
    std::unordered_map<std::string, std::size_t> index;  // of more than kFewMembers members
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

  void note_place() {
    if (places_ != nullptr) {
      places_->push_back({tokens_.next()});
    }
  }

  bool scalar(Json value) {
    note_place();
    return add(std::move(value));
  }

  bool begin(Json empty) {
    auto& level = levels_.emplace_back();
    level.value = std::move(empty);
    level.entry = places_ == nullptr ? 0 : places_->size();
    note_place();
    return true;
  }

  bool end() {
    auto value = std::move(levels_.back().value);
    if (places_ != nullptr) {
      const auto entry = levels_.back().entry;
      (*places_)[entry].size = static_cast<std::uint32_t>(places_->size() - entry);
    }
    levels_.pop_back();
    return add(std::move(value));
  }

  // The JSON Pointer to the innermost object.
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
  LargeIntegers large_;
  PlaceTable* places_;  // null: not wanted
  TokenPlaces tokens_;
  std::vector<Level> levels_;
  JsonMistake mistake_;
  Json root_;
};

}  // namespace

std::optional<Json> parse_json(std::string_view text, JsonMistake& mistake, RepeatedNames repeated,
                               PlaceTable* places, LargeIntegers large) {
  JsonBuilder builder(text, repeated, places, large);
  if (Json::sax_parse(text, &builder)) {
    return builder.take();
  }
  mistake = builder.take_mistake();
  if (!is_utf8(text)) {
    mistake.problem = "is not JSON in UTF-8";
  }
  return std::nullopt;
}

bool is_json_nested_within(std::string_view text, std::size_t most) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      i += c == '\\' ? 1U : 0U;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > most) {
        return false;
      }
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return true;
}

std::string json_error(std::string_view text) {
  JsonChecker checker;
  Json::sax_parse(text, &checker);
  return std::move(checker.location);
}

}  // namespace mscomm
