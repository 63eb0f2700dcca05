#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/output/json_writer.h"
#include "core/runtime/clock.h"

namespace mscomm {

/// Bytes that are usually text: in JSON, base64 under the field's name with the suffix `_base64`
/// when they are not UTF-8.
struct Bytes {
  std::string_view bytes;
};

/// Bytes of which the value is the base64.
struct Base64 {
  std::string_view bytes;
};

/// An object, an array or JSON text, with the function that writes it; output as text has the same
/// form. `of` must outlive it. See json_value().
struct JsonValue {
  const void* of;
  void (*write)(JsonWriter& json, const void* of);
};

/// A field's value; `std::monostate` is "absent": no JSON member, no text. A `std::string_view` in
/// JSON must be UTF-8.
using Value = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double,
                           std::string_view, std::string, WallTime, Bytes, Base64, JsonValue>;

/// The value that `kWrite(json, of)` writes as JSON.
template <auto kWrite, class T>
Value json_value(const T& of) {
  return JsonValue{
      &of, [](JsonWriter& json, const void* each) { kWrite(json, *static_cast<const T*>(each)); }};
}

template <auto kWrite, class T>
Value json_value(const T&& of) = delete;

/// One output field of a record type R. A record's fields are listed only in its table: `--format
/// json`, `--format '{name}'`, the environment of `--exec`, `--dump-cli` and the manual read it, in
/// its order. A new row is a new field in all of them.
template <class R>
struct Field {
  using Get = Value (*)(const R& record, std::string_view member);

  /// A name that ends with a dot is a family, for example `headers.`: `get` receives the member's
  /// name, after the dot.
  std::string_view name;
  std::string_view help;
  /// The value in a format string and in an environment.
  Get get;
  /// The value in JSON, if it differs. Null: no member in JSON; always null for a family.
  Get json = name.ends_with('.') ? nullptr : get;
  /// The object of the JSON record that holds the field, together with adjacent rows that name the
  /// same object; empty: the record itself.
  std::string_view object = {};
  /// May be as large as a body, so an environment leaves it out.
  bool is_large = false;
  /// For a family: whether it has the member. Null: it has every member.
  bool (*has)(std::string_view member) = nullptr;

  [[nodiscard]] constexpr bool is_family() const { return name.ends_with('.'); }
  [[nodiscard]] constexpr bool is_in_json() const { return json != nullptr; }
};

/// How text from outside is written: as it is (data), as visible() (on a terminal), or as
/// in_one_line() (within a line of ours).
enum class TextForm { exact, visible, one_line };
constexpr TextForm text_form(bool for_terminal) {
  return for_terminal ? TextForm::visible : TextForm::exact;
}

/// Appends `value` as text: numbers in their shortest form, an absent value as nothing.
void append_text(std::string& out, const Value& value, TextForm form, const Pause& pause = {});

/// Appends a body for people, as append_quoted_lines() does.
void append_quoted_body(std::string& out, std::string_view body, const Pause& pause);

/// Writes a member unless its value is absent; the name as in JsonWriter::plain_key().
void write_member(JsonWriter& json, std::string_view name, const Value& value);

/// Writes a record's fields as members, without braces around them; with `large_ones` those too
/// that may be as large as a body.
template <class R>
void write_fields(JsonWriter& json, std::span<const Field<R>> fields, const R& record,
                  bool large_ones = true) {
  std::string_view object;  // the open one
  const auto enter = [&](std::string_view next) {
    if (next.data() == object.data() || next == object) {
      return;
    }
    if (!object.empty()) {
      json.end_object();
    }
    object = next;
    if (!object.empty()) {
      json.plain_key(object).begin_object();
    }
  };
  for (const auto& field : fields) {
    if (field.is_in_json() && (large_ones || !field.is_large)) {
      enter(field.object);
      const auto value = field.json(record, {});
      // Checked here for speed: most properties of most messages are absent.
      if (!std::holds_alternative<std::monostate>(value)) {
        write_member(json, field.name, value);
      }
    }
  }
  enter({});
}

/// Appends one compact JSON object, without a line end.
template <class R>
void append_json_object(std::string& out, std::span<const Field<R>> fields, const R& record,
                        const Pause& pause = {}) {
  JsonWriter json(out, pause);
  json.begin_object();
  write_fields(json, fields, record);
  json.end_object();
}

/// One piece of a compiled format string: literal text, or a field and its member.
struct FormatPiece {
  std::string text;       ///< the literal, or the member after a family's dot
  std::size_t field = 0;  ///< index into the field table; kLiteral for text
  static constexpr std::size_t kLiteral = static_cast<std::size_t>(-1);
};

/// Compiles `{name} {name}\n`: `{{` and `}}` are braces, escapes are those of unescape(). Throws
/// Error{usage} with a suggestion for an unknown name, and for an unbalanced brace.
std::vector<FormatPiece> compile_format(std::string_view format,
                                        std::span<const std::string_view> names);

/// Throws Error{usage}: the family has no such member.
[[noreturn]] void refuse_member(std::string_view family, std::string_view member,
                                std::string_view help);

/// A format string bound to a record type. Compile once, run for each record; a run allocates only
/// what the output needs.
template <class R>
class FormatString {
 public:
  FormatString(std::string_view format, std::span<const Field<R>> fields) : fields_(fields) {
    std::vector<std::string_view> names;
    for (const auto& field : fields) {
      names.push_back(field.name);
    }
    pieces_ = compile_format(format, names);
    for (const auto& piece : pieces_) {
      const auto* const field =
          piece.field == FormatPiece::kLiteral ? nullptr : &fields_[piece.field];
      if (field != nullptr && field->has != nullptr && !field->has(piece.text)) {
        refuse_member(field->name, piece.text, field->help);
      }
    }
  }

  /// Whether one of its fields may be as large as a body.
  [[nodiscard]] bool is_large() const {
    return std::ranges::any_of(pieces_, [this](const auto& piece) {
      return piece.field != FormatPiece::kLiteral && fields_[piece.field].is_large;
    });
  }

  /// Exact, for it is data; on a terminal with control characters made visible, and line feeds
  /// too, except in what is a text of its own, such as a body.
  void append(std::string& out, const R& record, bool for_terminal, const Pause& pause = {}) const {
    for (const auto& piece : pieces_) {
      if (piece.field == FormatPiece::kLiteral) {
        out += piece.text;
      } else {
        const auto& field = fields_[piece.field];
        append_text(out, field.get(record, piece.text),
                    !for_terminal    ? TextForm::exact
                    : field.is_large ? TextForm::visible
                                     : TextForm::one_line,
                    pause);
      }
    }
  }

 private:
  std::span<const Field<R>> fields_;
  std::vector<FormatPiece> pieces_;
};

}  // namespace mscomm
