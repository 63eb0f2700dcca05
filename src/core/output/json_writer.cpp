#include "core/output/json_writer.h"

#include <charconv>
#include <cmath>

#include "core/output/json_text.h"
#include "core/runtime/duration.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

/// The shortest text of a number that reads back as the same number.
template <class Number>
class ShortestForm {
 public:
  explicit ShortestForm(Number number)
      : end_(std::to_chars(std::begin(text_), std::end(text_), number).ptr) {}
  operator std::string_view() const { return {text_, end_}; }

 private:
  char text_[32];  // 24 characters hold every double and every 64-bit integer
  const char* end_;
};

}  // namespace

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::plain_key(std::string_view name) {
  constexpr std::string_view kStart = ",\"";
  constexpr std::string_view kEnd = "\":";
  out_.append(kStart.substr(needs_comma_ ? 0 : 1)).append(name).append(kEnd);
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  out_ += '"';
  in_pieces(text, pause(), [this](auto piece) { append_json_text(out_, piece); });
  out_ += '"';
  return *this;
}

JsonWriter& JsonWriter::compact(std::string_view json) {
  separate();
  append_compact_json(out_, json, pause());
  return *this;
}

JsonWriter& JsonWriter::value(WallTime time) {
  separate();
  out_ += '"';
  append_rfc3339(out_, time);
  out_ += '"';
  return *this;
}

JsonWriter& JsonWriter::bytes_member(std::string_view name, std::string_view bytes) {
  if (is_utf8_in_pieces(bytes, pause())) {
    return plain_key(name).value(bytes);
  }
  plain_key(name);
  out_.insert(out_.size() - std::string_view("\":").size(), "_base64");
  return base64(bytes);
}

JsonWriter& JsonWriter::base64(std::string_view bytes) {
  separate();
  out_ += '"';
  in_pieces_of_bytes(bytes, pause(), [this](auto piece) { append_base64(out_, piece); });
  out_ += '"';
  return *this;
}

const Pause& JsonWriter::pause() const {
  static const Pause none;
  return pause_ == nullptr ? none : *pause_;
}

JsonWriter& JsonWriter::number(std::int64_t number) { return raw(ShortestForm(number)); }

JsonWriter& JsonWriter::number(std::uint64_t number) { return raw(ShortestForm(number)); }

JsonWriter& JsonWriter::number(double number) {
  return std::isfinite(number) ? raw(ShortestForm(number)) : null();
}

}  // namespace mscomm
