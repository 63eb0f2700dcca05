#include "core/contract/openapi_styles.h"

#include <algorithm>
#include <nlohmann/json.hpp>

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
      // Each member of the object is a field of its own.
      for (const auto& [name, raw] : fields_) {
        if (shape_.has_member(name) || (shape_.has_other_members() && !claimed_(name))) {
          add(name, raw);
        }
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
    constexpr std::size_t kMostKeys = 16;
    auto value = shape_.names("array") ? Json::array() : Json::object();
    bool is_there = false;
    for (const auto& [name, raw] : fields_) {
      if (!name.starts_with(style_.name + '[') || !name.ends_with(']')) {
        continue;
      }
      is_there = true;
      const auto inside = name.substr(style_.name.size() + 1, name.size() - style_.name.size() - 2);
      const auto keys = split_by(inside, "][");
      if (keys.size() <= kMostKeys) {
        insert(value, keys, 0, shape_, text_of_raw(raw), typed);
      }
    }
    return is_there ? std::optional(value) : std::nullopt;
  }

  static void insert(Json& into, const Texts& keys, std::size_t index, const ApiShape& shape,
                     const std::string& text, bool typed) {
    const bool is_item = into.is_array();
    const auto inner = is_item ? shape.item(into.size()) : shape.member(keys[index]);
    const bool is_last = index + 1 == keys.size();
    auto value = is_last                ? inner.value_of(text, typed)
                 : inner.names("array") ? Json::array()
                                        : Json::object();
    if (is_item) {
      into.push_back(std::move(value));
      if (!is_last) {
        insert(into.back(), keys, index + 1, inner, text, typed);
      }
      return;
    }
    auto& member = into[keys[index]];
    if (is_last || !member.is_structured()) {
      member = std::move(value);
    }
    if (!is_last) {
      insert(member, keys, index + 1, inner, text, typed);
    }
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
