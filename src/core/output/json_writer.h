#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/output/pieces.h"
#include "core/runtime/clock.h"

namespace mscomm {

/// Writes compact JSON (RFC 8259) to the end of a string:
///
///   JsonWriter json(out);
///   json.begin_object().member("sent", 3).key("tags").begin_array().value("a").end_array();
///   json.end_object();  // {"sent":3,"tags":["a"]}
///
/// Sets commas and escapes text. The caller makes sure that each key has a value and that brackets
/// match; members alone, without braces, are allowed. Allocates only through the string, which must
/// outlive the writer.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  /// Calls `pause` between the pieces of long values. It may take away what is in the string.
  JsonWriter(std::string& out, const Pause& pause) : out_(out), pause_(&pause) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  /// A member's name, in UTF-8; its value comes next.
  JsonWriter& key(std::string_view name);
  /// As key(), for a name that needs no escapes, such as a field's.
  JsonWriter& plain_key(std::string_view name);

  /// A string in UTF-8; see append_json_string().
  JsonWriter& value(std::string_view text);
  /// A time as RFC 3339 writes it, in UTC with milliseconds.
  JsonWriter& value(WallTime time);
  /// A boolean or a number. Doubles have their shortest form; NaN and the infinities, which JSON
  /// lacks (RFC 8259 section 6), are null.
  template <class T>
  requires std::is_arithmetic_v<T> JsonWriter& value(T value) {
    static_assert(!std::is_same_v<T, char>, "a letter? write it as a string");
    if constexpr (std::is_same_v<T, bool>) {
      return raw(value ? "true" : "false");
    } else if constexpr (std::is_floating_point_v<T>) {
      return number(static_cast<double>(value));
    } else if constexpr (std::is_signed_v<T>) {
      return number(static_cast<std::int64_t>(value));
    } else {
      return number(static_cast<std::uint64_t>(value));
    }
  }
  JsonWriter& null() { return raw("null"); }
  /// A value that is JSON text already.
  JsonWriter& raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
  }
  /// A value that is JSON text already, made compact: see append_compact_json().
  JsonWriter& compact(std::string_view json);

  template <class T>
  JsonWriter& member(std::string_view name, const T& its_value) {
    return key(name).value(its_value);
  }
  /// A member for any bytes, its name as in plain_key(): `"name":"text"`, or `"name_base64":"AP8="`
  /// when they are not UTF-8.
  JsonWriter& bytes_member(std::string_view name, std::string_view bytes);
  /// `bytes` as a base64 string.
  JsonWriter& base64(std::string_view bytes);

 private:
  // Sets a comma between two values or members.
  void separate() {
    if (needs_comma_) {
      out_ += ',';
    }
    needs_comma_ = true;
  }
  JsonWriter& open(char bracket) {
    separate();
    out_ += bracket;
    needs_comma_ = false;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_ += bracket;
    needs_comma_ = true;
    return *this;
  }
  JsonWriter& number(std::int64_t number);
  JsonWriter& number(std::uint64_t number);
  JsonWriter& number(double number);

  [[nodiscard]] const Pause& pause() const;

  std::string& out_;
  const Pause* pause_ = nullptr;
  bool needs_comma_ = false;
};

}  // namespace mscomm
