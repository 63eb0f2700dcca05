#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mscomm {

/// A field's value; `std::monostate` is "absent": no JSON member, no text.
using Value =
    std::variant<std::monostate, bool, std::int64_t, double, std::string_view, std::string>;

/// One output field of a record type R. The same table feeds `--format json`, `--format '{name}'`
/// and the man page. A name that ends with a dot is a family, for example `headers.`: `get` is
/// handed what follows the dot; families are left out of JSON objects.
template <class R>
struct Field {
  std::string_view name;
  std::string_view help;
  Value (*get)(const R& record, std::string_view member);
  /// In JSON, the (string) value is JSON text already and stands unquoted.
  bool is_json = false;
  /// Of a family, whose name ends with a dot: whether there is such a member. Null: any there is.
  bool (*has)(std::string_view member) = nullptr;
};

/// Appends `value` as text: numbers in their shortest form, absent as nothing. With `for_terminal`
/// control characters become visible.
void append_text(std::string& out, const Value& value, bool for_terminal);

/// Appends `value` as JSON; a string that is not UTF-8 must have been encoded before.
void append_json(std::string& out, const Value& value);

/// Appends one compact JSON object, without a line end. Absent fields are left out.
template <class R>
void append_json_object(std::string& out, std::span<const Field<R>> fields, const R& record) {
  out += '{';
  bool first = true;
  for (const auto& field : fields) {
    if (field.name.ends_with('.')) {
      continue;
    }
    const Value value = field.get(record, {});
    if (std::holds_alternative<std::monostate>(value)) {
      continue;
    }
    if (!first) {
      out += ',';
    }
    first = false;
    out += '"';
    out += field.name;
    out += "\":";
    if (field.is_json) {
      append_text(out, value, false);
    } else {
      append_json(out, value);
    }
  }
  out += '}';
}

/// One piece of a compiled format string: literal text, or a field and its member.
struct FormatPiece {
  std::string text;       ///< the literal, or the member that follows a family's dot
  std::size_t field = 0;  ///< index into the field table; kLiteral for text
  static constexpr std::size_t kLiteral = static_cast<std::size_t>(-1);
};

/// Compiles `{name} {name}\n`: `{{` and `}}` are braces, the escapes are those of unescape().
/// Throws Error{usage} with a suggestion for an unknown name, and for an unbalanced brace.
std::vector<FormatPiece> compile_format(std::string_view format,
                                        std::span<const std::string_view> names);

/// Throws the Error{usage} of a family that has no such member.
[[noreturn]] void refuse_member(std::string_view family, std::string_view member,
                                std::string_view help);

/// A format string bound to a record type. Compile once, run per record; a run allocates nothing
/// but what the output needs.
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

  void append(std::string& out, const R& record, bool for_terminal) const {
    for (const auto& piece : pieces_) {
      if (piece.field == FormatPiece::kLiteral) {
        out += piece.text;
      } else {
        append_text(out, fields_[piece.field].get(record, piece.text), for_terminal);
      }
    }
  }

 private:
  std::span<const Field<R>> fields_;
  std::vector<FormatPiece> pieces_;
};

}  // namespace mscomm
