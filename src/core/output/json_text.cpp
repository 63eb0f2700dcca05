#include "core/output/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/runtime/ascii.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

// Rewrites valid JSON token by token: a DOM would round numbers and merge duplicate keys.
class Rewriter {
 public:
  explicit Rewriter(bool indented, bool colored = false) : indented_(indented), colored_(colored) {}

  std::string rewrite(std::string_view text) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark)) {
      text.remove_prefix(kByteOrderMark.size());
    }
    out_.reserve(text.size());
    while (!text.empty()) {
      if (text.front() == '"') {
        start_value();
        color(is_key() ? kKeyColor : kStringColor);
        text.remove_prefix(take_string(text));
        end_color();
      } else {
        take_symbol(text.front());
        text.remove_prefix(1);
      }
    }
    return std::move(out_);
  }

 private:
  // Copies the string literal at the start of `text` and returns its length.
  std::size_t take_string(std::string_view text) {
    std::size_t i = 0;
    do {
      const auto byte = static_cast<unsigned char>(text[i]);
      if (byte == '\\') {
        out_ += text[i++];
        out_ += text[i];
      } else if (byte == 0x7F) {
        out_ += "\\u007f";
      } else if (const auto unseen = unseen_character(text.substr(i)); unseen != 0) {
        out_ += fmt::format("\\u{:04x}", unseen);
        i += unseen < 0x800 ? 1 : 2;
      } else {
        out_ += text[i];
      }
    } while (text[++i] != '"');
    out_ += '"';
    return i + 1;
  }

  void take_symbol(char c) {
    switch (c) {
      case ' ':
      case '\t':
      case '\r':
      case '\n':
        return;
      case '{':
      case '[':
        start_value();
        out_ += c;
        is_object_.push_back(c == '{');
        after_colon_ = false;
        just_opened_ = true;
        return;
      case '}':
      case ']':
        is_object_.pop_back();
        after_colon_ = false;
        if (!just_opened_) {
          new_line();
        }
        just_opened_ = false;
        out_ += c;
        return;
      case ',':
        out_ += c;
        after_colon_ = false;
        new_line();
        return;
      case ':':
        after_colon_ = true;
        out_ += indented_ ? ": " : ":";
        return;
      default:
        start_value();
        out_ += c;
    }
  }

  void start_value() {
    if (just_opened_) {
      just_opened_ = false;
      new_line();
    }
  }

  void new_line() {
    if (indented_) {
      out_ += '\n';
      // Without a limit, indentation grows with the square of the depth, and a hostile body could
      // fill the memory.
      constexpr std::size_t kDeepest = 64;
      out_.append(2 * std::min(is_object_.size(), kDeepest), ' ');
    }
  }

  [[nodiscard]] bool is_key() const {
    return !is_object_.empty() && is_object_.back() && !after_colon_;
  }

  void color(std::string_view code) { out_ += colored_ ? code : ""; }
  void end_color() { color("\x1b[0m"); }

  // jq's own colours.
  static constexpr std::string_view kKeyColor = "\x1b[34;1m";
  static constexpr std::string_view kStringColor = "\x1b[0;32m";

  bool indented_;
  bool colored_;
  bool just_opened_ = false;
  bool after_colon_ = false;
  std::vector<bool> is_object_;  // for each open bracket
  std::string out_;
};

}  // namespace

bool is_json(std::string_view text) { return nlohmann::json::accept(text); }

std::string media_type_of(std::string_view content_type) {
  return lower_case(trim(content_type.substr(0, content_type.find(';'))));
}

bool is_json_type(std::string_view content_type) {
  const auto type = media_type_of(content_type);
  return type == "application/json" || type == "text/json" || type.ends_with("+json");
}

std::string compact_json(std::string_view json_text) { return Rewriter(false).rewrite(json_text); }

std::string indent_json(std::string_view json_text, bool colored) {
  return Rewriter(true, colored).rewrite(json_text);
}

}  // namespace mscomm
