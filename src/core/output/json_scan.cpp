#include "core/output/json_scan.h"

#include <charconv>
#include <optional>
#include <vector>

namespace mscomm {
namespace {

// What jq 1.6 allocates on 64-bit machines: an array has room for 16 values of 16 bytes, an object
// for 8 members of 40 bytes and their index; both grow by copying, so that twice the room is in use
// for a moment. A string has room for three times its bytes; of a long one only what is used is
// touched, and its parser has it for a second time.
constexpr std::uint64_t kArray = 304;
constexpr std::uint64_t kObject = 448;
constexpr std::uint64_t kItem = 40;
constexpr std::uint64_t kMember = 60;
constexpr std::uint64_t kString = 40;
constexpr std::uint64_t kLongString = std::uint64_t{1} << 17U;

class Scanner {
 public:
  Scanner(std::string_view text, const Pause& pause) : text_(text), pause_(pause) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    at_ = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  }

  JsonScan scan(JsonTexts texts) {
    bool is_json = value();
    for (skip_space(); is_json && at_ < text_.size(); skip_space()) {
      is_json = texts == JsonTexts::several && value();
    }
    return {is_json, at_, memory_};
  }

 private:
  // One value with all that it holds; without recursion, since a text may nest deeply.
  bool value() {
    for (;;) {
      if (!open_or_scalar()) {
        return false;
      }
      if (is_open_) {
        continue;
      }
      while (!in_object_.empty() && take(in_object_.back() ? '}' : ']')) {
        in_object_.pop_back();
      }
      if (in_object_.empty()) {
        return true;
      }
      if (!take(',') || (in_object_.back() && !name())) {
        return false;
      }
    }
  }

  // A scalar, an empty container, or the beginning of a container (`is_open_`).
  bool open_or_scalar() {
    skip_space();
    pause_when_due();
    is_open_ = false;
    if (at_ == text_.size()) {
      return false;
    }
    const char first = text_[at_];
    memory_ += kItem;
    if (first == '[' || first == '{') {
      return open(first == '{');
    }
    if (first == '"') {
      return string();
    }
    return first == '-' || is_digit(first) ? number() : word();
  }

  bool open(bool is_object) {
    ++at_;
    memory_ += is_object ? kObject : kArray;
    if (take(is_object ? '}' : ']')) {
      return true;
    }
    in_object_.push_back(is_object);
    is_open_ = true;
    return !is_object || name();
  }

  bool name() {
    skip_space();
    memory_ += kMember;
    return at_ < text_.size() && text_[at_] == '"' && string() && take(':');
  }

  bool string() {
    const auto begin = ++at_;
    while (at_ < text_.size()) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '"') {
        ++at_;
        memory_ += kString + (at_ - begin) * (at_ - begin < kLongString ? 3 : 2);
        return true;
      }
      if (byte == '\\') {
        if (!escape()) {
          return false;
        }
      } else if (byte < 0x20) {
        return false;
      } else {
        ++at_;
      }
      pause_when_due();
    }
    return false;
  }

  bool escape() {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    const char letter = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (letter == 'u') {
      const auto code = code_at(at_);
      // Half of a pair is no character (RFC 8259 section 8.2); jq and others refuse it, too.
      const bool is_pair = code && is_high(*code) && is_low(code_at(at_ + kCode).value_or(0));
      if (!code || (!is_pair && (is_high(*code) || is_low(*code)))) {
        return false;
      }
      at_ += is_pair ? 2 * kCode : kCode;
      return true;
    }
    if (letter == '\0' || kLetters.find(letter) == std::string_view::npos) {
      return false;
    }
    at_ += 2;
    return true;
  }

  // The code of `\uXXXX`.
  [[nodiscard]] std::optional<unsigned> code_at(std::size_t at) const {
    unsigned code = 0;
    if (at + kCode > text_.size() || text_.substr(at, 2) != "\\u") {
      return std::nullopt;
    }
    const auto* const end = text_.data() + at + kCode;
    const auto [stop, error] = std::from_chars(text_.data() + at + 2, end, code, 16);
    return stop == end && error == std::errc() ? std::optional(code) : std::nullopt;
  }

  static constexpr std::size_t kCode = 6;
  static bool is_high(unsigned code) { return code >= 0xD800 && code < 0xDC00; }
  static bool is_low(unsigned code) { return code >= 0xDC00 && code < 0xE000; }

  bool number() {
    at_ += text_[at_] == '-' ? 1U : 0U;
    if (at_ < text_.size() && text_[at_] == '0') {
      ++at_;
    } else if (!digits()) {
      return false;
    }
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      if (!digits()) {
        return false;
      }
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      at_ += at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-') ? 1U : 0U;
      if (!digits()) {
        return false;
      }
    }
    return ends_token();
  }

  bool digits() {
    const auto begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) {
      ++at_;
      pause_when_due();
    }
    return at_ > begin;
  }

  bool word() {
    for (const std::string_view known : {"true", "false", "null"}) {
      if (text_.substr(at_, known.size()) == known) {
        at_ += known.size();
        return ends_token();
      }
    }
    return false;
  }

  // Between two texts there may be nothing, but "01" and "truefalse" are not two.
  [[nodiscard]] bool ends_token() const {
    constexpr std::string_view kEnds = " \t\r\n,:]}[{\"";
    return at_ == text_.size() || kEnds.find(text_[at_]) != std::string_view::npos;
  }

  bool take(char wanted) {
    skip_space();
    const bool is_there = at_ < text_.size() && text_[at_] == wanted;
    at_ += is_there ? 1U : 0U;
    return is_there;
  }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      ++at_;
      pause_when_due();
    }
  }

  void pause_when_due() {
    if (at_ >= pause_at_) {
      pause_at_ = at_ + kPiece;
      if (pause_) {
        pause_();
      }
    }
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::string_view text_;
  const Pause& pause_;
  std::size_t at_ = 0;
  std::size_t pause_at_ = kPiece;
  std::uint64_t memory_ = 0;
  bool is_open_ = false;
  std::vector<bool> in_object_;  // for each open bracket
};

}  // namespace

JsonScan scan_json(std::string_view text, JsonTexts texts, const Pause& pause) {
  auto scan = Scanner(text, pause).scan(texts);
  scan.is_json = scan.is_json && is_utf8_in_pieces(text, pause);
  return scan;
}

}  // namespace mscomm
