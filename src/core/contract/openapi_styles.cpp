#include "core/contract/openapi_styles.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "core/runtime/text.h"
#include "core/runtime/uri.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;
using Texts = std::vector<std::string>;

Texts split_by(std::string_view text, std::string_view separator) {
  Texts parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(at + separator.size());
  }
}

std::pair<std::string, std::string> name_and_value(std::string_view text) {
  const auto equals = std::min(text.find('='), text.size());
  return {std::string(text.substr(0, equals)),
          std::string(text.substr(std::min(equals + 1, text.size())))};
}

// Replaces each encoded form of a separator.
std::string with_separator(std::string text, std::initializer_list<std::string_view> encodings,
                           std::string_view separator) {
  for (const auto encoding : encodings) {
    for (auto at = text.find(encoding); at != std::string::npos; at = text.find(encoding, at + 1)) {
      text.replace(at, encoding.size(), separator);
    }
  }
  return text;
}

// JSON holds only UTF-8.
std::string as_text(const std::string& bytes) { return is_utf8(bytes) ? bytes : visible(bytes); }

// What fields with keys in brackets say about one value: its members by their keys, and its own
// texts, which are several where a field is repeated.
struct DeepField {
  std::string key;
  std::vector<DeepField> members;
  Texts texts;

  DeepField& member(const std::string& name) {
    const auto known = std::ranges::find(members, name, &DeepField::key);
    return known != members.end() ? *known : add_member(name);
  }

  DeepField& add_member(const std::string& name) {
    members.emplace_back().key = name;
    return members.back();
  }

  void add(Texts keys, std::string text) {
    constexpr std::size_t kMostKeys = 16;
    if (keys.size() > kMostKeys) {
      keys = {fmt::format("{}", fmt::join(keys, "]["))};
    }
    auto* at = this;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto next = std::span(keys).subspan(i + 1);
      at = keys[i].empty() ? &at->item_for(next) : &at->member(keys[i]);
    }
    at->texts.push_back(std::move(text));
  }

  // "[]" is a new item, unless the last one lacks what follows: [][a]=1&[][b]=2 are one item.
  DeepField& item_for(std::span<const std::string> keys) {
    if (!keys.empty() && !members.empty() && members.back().key.empty() &&
        !members.back().has(keys)) {
      return members.back();
    }
    return add_member("");
  }

  [[nodiscard]] bool has(std::span<const std::string> keys) const {
    const auto known = std::ranges::find(members, keys.front(), &DeepField::key);
    return known != members.end() && !keys.front().empty() &&
           (keys.size() == 1 || known->has(keys.subspan(1)));
  }

  [[nodiscard]] bool has_items() const {
    return std::ranges::all_of(members, [](const auto& each) {
      return each.key.find_first_not_of("0123456789") == std::string::npos;
    });
  }

  [[nodiscard]] Json value(const ApiShape& shape, bool typed) const {
    if (members.empty()) {
      const bool is_list = texts.size() > 1 || (shape.names("array") && !may_be_one_text(shape));
      return is_list ? array(shape, typed) : shape.value_of(texts.front(), typed);
    }
    if (has_items() && (shape.names("array") || !shape.names_any())) {
      return array(shape, typed);
    }
    auto value = Json::object();
    for (const auto& each : members) {
      value[each.key] = each.value(shape.member(each.key), typed);
    }
    for (const auto& text : texts) {  // it has members, and yet is a text
      value[""] = text;
    }
    return value;
  }

  // Items with numbers are in the order of these; others come as they stand.
  [[nodiscard]] Json array(const ApiShape& shape, bool typed) const {
    auto items = members;
    if (std::ranges::none_of(items, &std::string::empty, &DeepField::key)) {
      std::ranges::stable_sort(items, number_before, &DeepField::key);
    }
    auto value = Json::array();
    for (const auto& item : items) {
      value.push_back(item.value(shape.item(value.size()), typed));
    }
    for (const auto& text : texts) {
      value.push_back(shape.item(value.size()).value_of(text, typed));
    }
    return value;
  }

  static bool may_be_one_text(const ApiShape& shape) {
    return shape.names("string") || shape.names("number") || shape.names("integer") ||
           shape.names("boolean");
  }

  static bool number_before(std::string_view a, std::string_view b) {
    a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
    b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  }
};

class StyleDecoder {
 public:
  StyleDecoder(const ApiStyle& style, const ApiShape& shape, const ApiFields& fields,
               const std::function<bool(std::string_view)>& claimed)
      : style_(style), shape_(shape), fields_(fields), claimed_(claimed) {
    for (const auto& [name, value] : fields) {
      if (name == style.name) {
        values_.push_back(value);
      }
    }
  }

  [[nodiscard]] std::vector<Json> run() const {
    std::vector<Json> candidates;
    const bool may_be_any = !values_.empty() && shape_.is_unresolved();
    for (const bool typed : {true, false}) {
      const auto add = [&](std::optional<Json> value) {
        if (value && std::ranges::find(candidates, *value) == candidates.end()) {
          candidates.push_back(std::move(*value));
        }
      };
      if (may_be_any) {
        add(primitive(typed));
      }
      if (may_be_any || shape_.names("array")) {
        add(array(typed));
      }
      if (may_be_any || shape_.names("object")) {
        add(object(typed));
      }
      if (is_primitive()) {
        add(primitive(typed));
      }
    }
    return candidates;
  }

 private:
  [[nodiscard]] bool is_primitive() const {
    return shape_.names("string") || shape_.names("number") || shape_.names("integer") ||
           shape_.names("boolean") || !(shape_.names("array") || shape_.names("object"));
  }

  // The text of a single value. Only the first field counts; ApiParameter reports the others.
  [[nodiscard]] std::string only() const {
    auto text = values_.front();
    if (style_.style == "label") {
      text.erase(0, text.starts_with('.') ? 1 : 0);
    } else if (style_.style == "matrix") {
      text.erase(0, text.starts_with(';') ? 1 : 0);
      const auto [name, value] = name_and_value(text);
      text = name == style_.name ? value : text;
    }
    return text;
  }

  // Splits one field into its items.
  [[nodiscard]] Texts pieces() const {
    auto text = only();
    if (text.empty()) {
      return {};
    }
    if (style_.style == "spaceDelimited") {
      return split_by(with_separator(std::move(text), {"%20", "+"}, " "), " ");
    }
    if (style_.style == "pipeDelimited") {
      return split_by(with_separator(std::move(text), {"%7C", "%7c"}, "|"), "|");
    }
    const bool has_dots =
        style_.style == "label" && (style_.explode || text.find(',') == std::string::npos);
    return split_by(text, has_dots ? "." : ",");
  }

  [[nodiscard]] std::string text_of_raw(std::string_view raw) const {
    return decoded_text(style_, raw);
  }

  // Splits ";name=a;name=b".
  [[nodiscard]] Texts matrix_fields() const {
    auto fields = split_by(values_.front(), ";");
    fields.erase(fields.begin());
    return fields;
  }

  [[nodiscard]] std::optional<Json> primitive(bool typed) const {
    return values_.empty() ? std::nullopt
                           : std::optional(shape_.value_of(text_of_raw(only()), typed));
  }

  [[nodiscard]] std::optional<Json> array(bool typed) const {
    if (style_.style == "deepObject") {
      return deep(typed);
    }
    if (values_.empty()) {
      return std::nullopt;
    }
    Texts raw;
    if (has_field_for_each_item(style_)) {
      raw = values_;
    } else if (style_.style == "matrix" && style_.explode) {
      for (const auto& field : matrix_fields()) {
        raw.push_back(name_and_value(field).second);
      }
    } else {
      raw = pieces();
    }
    auto value = Json::array();
    for (const auto& each : raw) {
      value.push_back(shape_.item(value.size()).value_of(text_of_raw(each), typed));
    }
    return value;
  }

  [[nodiscard]] std::optional<Json> object(bool typed) const {
    if (style_.style == "deepObject") {
      return deep(typed);
    }
    auto value = Json::object();
    const auto add = [&](std::string_view raw_name, std::string_view raw_value) {
      const auto name = text_of_raw(raw_name);
      value[name] = shape_.member(name).value_of(text_of_raw(raw_value), typed);
    };
    if (has_field_for_each_item(style_)) {
      // Each member of the object is a field of its own, or several when it is an array.
      DeepField members;
      for (const auto& [name, raw] : fields_) {
        if (shape_.has_member(name) || (shape_.has_other_members() && !claimed_(name))) {
          members.member(name).texts.push_back(text_of_raw(raw));
        }
      }
      for (const auto& member : members.members) {
        value[member.key] = member.value(shape_.member(member.key), typed);
      }
      return value.empty() ? std::nullopt : std::optional(value);
    }
    if (values_.empty()) {
      return std::nullopt;
    }
    const auto parts = style_.style == "matrix" && style_.explode ? matrix_fields() : pieces();
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (style_.explode) {
        const auto [name, raw] = name_and_value(parts[i]);
        add(name, raw);
      } else {
        add(parts[i], i + 1 < parts.size() ? parts[i + 1] : "");
        ++i;
      }
    }
    return value;
  }

  // Reads name[a][b]=value, and also name[]=value and name[0]=value, which the specification leaves
  // open.
  [[nodiscard]] std::optional<Json> deep(bool typed) const {
    DeepField all;
    for (const auto& [name, raw] : fields_) {
      if (!name.starts_with(style_.name + '[') || !name.ends_with(']')) {
        continue;
      }
      const auto inside = name.substr(style_.name.size() + 1, name.size() - style_.name.size() - 2);
      all.add(split_by(inside, "]["), text_of_raw(raw));
    }
    return all.members.empty() ? std::nullopt : std::optional(all.value(shape_, typed));
  }

  const ApiStyle& style_;
  const ApiShape& shape_;
  const ApiFields& fields_;
  const std::function<bool(std::string_view)>& claimed_;
  Texts values_;
};

}  // namespace

bool has_field_for_each_item(const ApiStyle& style) {
  return style.explode && (style.in == "query" || style.in == "cookie");
}

ApiFields fields_of(std::string_view text, char separator) {
  ApiFields fields;
  for (const auto& part : split_by(text, std::string_view(&separator, 1))) {
    const auto [name, value] = name_and_value(trim(part));
    if (!name.empty()) {
      fields.emplace_back(as_text(percent_decoded(with_separator(name, {"+"}, " "))), value);
    }
  }
  return fields;
}

std::string decoded_text(const ApiStyle& style, std::string_view raw) {
  if (style.in == "header") {
    return as_text(std::string(trim(raw)));
  }
  return as_text(percent_decoded(style.in == "query" ? with_separator(std::string(raw), {"+"}, " ")
                                                     : std::string(raw)));
}

std::vector<Json> decoded(const ApiStyle& style, const ApiShape& shape, const ApiFields& fields,
                          const std::function<bool(std::string_view)>& claimed) {
  return StyleDecoder(style, shape, fields, claimed).run();
}

}  // namespace mscomm
