#include "core/output/wrap.h"

#include <algorithm>

namespace mscomm {
namespace {

constexpr std::string_view kNoBreakSpace = "\u00a0";

std::size_t columns(std::string_view text) {
  const auto is_start = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  return static_cast<std::size_t>(std::ranges::count_if(text, is_start));
}

std::string_view take_until(std::string_view& rest, char end) {
  const auto part = rest.substr(0, rest.find(end));
  rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  return part;
}

void append_word(std::string& out, std::string_view word) {
  for (auto at = word.find(kNoBreakSpace); at != std::string_view::npos;
       at = word.find(kNoBreakSpace)) {
    out.append(word.substr(0, at)).append(" ");
    word.remove_prefix(at + kNoBreakSpace.size());
  }
  out += word;
}

}  // namespace

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  std::string out;
  auto column = indent;
  const auto break_line = [&] {
    out += '\n';
    out.append(indent, ' ');
    column = indent;
  };
  for (bool first_line = true; !text.empty(); first_line = false) {
    if (!first_line) {
      break_line();
    }
    for (auto line = take_until(text, '\n'); !line.empty();) {
      const auto word = take_until(line, ' ');
      if (word.empty()) {
        continue;
      }
      const bool starts_line = column == indent;
      if (!starts_line && column + 1 + columns(word) > width) {
        break_line();
      } else if (!starts_line) {
        out += ' ';
        ++column;
      }
      append_word(out, word);
      column += columns(word);
    }
  }
  return out;
}

}  // namespace mscomm
