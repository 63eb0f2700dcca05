#include "core/output/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "core/output/json_scan.h"
#include "core/runtime/ascii.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

// Rewrites valid JSON token by token: a DOM would round numbers and merge duplicate keys.
class Rewriter {
 public:
  Rewriter(std::string& out, const Pause& pause, bool indented, bool colored = false)
      : out_(out), pause_(pause), indented_(indented), colored_(colored) {}

  void rewrite(std::string_view text) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark)) {
      text.remove_prefix(kByteOrderMark.size());
    }
    auto pause_at = text.size();
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
      if (pause_at - text.size() > kPiece && pause_) {
        pause_at = text.size();
        pause_();
      }
    }
  }

 private:
  // Copies the string literal at the start of `text` and returns its length.
  std::size_t take_string(std::string_view text) {
    std::size_t end = 1;
    while (text[end] != '"') {
      end += text[end] == '\\' ? 2U : 1U;
    }
    in_pieces(text.substr(0, end), pause_, [this](auto piece) { append_literal(piece); });
    out_ += '"';
    return end + 1;
  }

  // The beginning of a string literal, with the controls that JSON allows as escapes. No piece of
  // text ends within a character.
  void append_literal(std::string_view literal) {
    constexpr std::string_view kMayBeUnseen = "\x7F\xC2\xE2";
    for (;;) {
      const auto plain = std::min(literal.find_first_of(kMayBeUnseen), literal.size());
      out_ += literal.substr(0, plain);
      literal.remove_prefix(plain);
      if (literal.empty()) {
        return;
      }
      const auto lead = static_cast<unsigned char>(literal.front());
      const auto length = lead == 0x7F ? 1U : lead == 0xC2 ? 2U : 3U;
      const auto unseen = lead == 0x7F ? lead : unseen_character(literal);
      if (unseen != 0) {
        out_ += fmt::format("\\u{:04x}", unseen);
      } else {
        out_ += literal.substr(0, length);
      }
      literal.remove_prefix(length);
    }
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

  std::string& out_;
  const Pause& pause_;
  bool indented_;
  bool colored_;
  bool just_opened_ = false;
  bool after_colon_ = false;
  std::vector<bool> is_object_;  // for each open bracket
};

}  // namespace

bool is_json(std::string_view text, const Pause& pause) {
  return scan_json(text, JsonTexts::one, pause).is_json;
}

std::string media_type_of(std::string_view content_type) {
  return lower_case(trim(content_type.substr(0, content_type.find(';'))));
}

bool is_json_type(std::string_view content_type) {
  const auto type = media_type_of(content_type);
  return type == "application/json" || type == "text/json" || type.ends_with("+json");
}

void append_compact_json(std::string& out, std::string_view json, const Pause& pause) {
  Rewriter(out, pause, false).rewrite(json);
}

void append_indented_json(std::string& out, std::string_view json, bool colored,
                          const Pause& pause) {
  Rewriter(out, pause, true, colored).rewrite(json);
}

}  // namespace mscomm
