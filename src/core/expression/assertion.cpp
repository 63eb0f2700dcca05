#include "core/expression/assertion.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/runtime/error.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

constexpr std::size_t kLongestValue = 200;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The position after the closing quote of the string that begins at `at`.
std::size_t string_end(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    at += text[at] == '\\' ? 1U : 0U;
  }
  return std::min(at + 1, text.size());
}

// The position after the path that begins at `at` with a dot.
std::size_t path_end(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const char c = text[at];
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (c == '.' && next >= '0' && next <= '9') {
      return at;  // a number
    }
    if (c == '.' && next == '"') {
      at = string_end(text, at + 1);
    } else if (c == '.' && is_word(next)) {
      at = static_cast<std::size_t>(
          std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at) + 1, text.end(),
                           is_word) -
          text.begin());
    } else if (c == '[') {
      const auto inside =
          next == '"' ? string_end(text, at + 1) : text.find_first_not_of("-0123456789:", at + 1);
      if (inside >= text.size() || text[inside] != ']') {
        return at;
      }
      at = inside + 1;
    } else {
      return at;
    }
  }
  return at;
}

std::string value_of(Expression& value, const ExpressionInput& record) {
  std::string values;
  try {
    value.append_results(values, record);
  } catch (const Error&) {
    return "not there";
  }
  while (values.ends_with('\n')) {
    values.pop_back();
  }
  std::ranges::replace(values, '\n', ',');
  if (values.size() > kLongestValue) {
    values.resize(kLongestValue);
    values += "…";
  }
  return values.empty() ? "not there" : values;
}

}  // namespace

std::vector<std::string> paths_in(std::string_view expression) {
  std::vector<std::string> paths;
  std::vector<bool> calls;  // for each open parenthesis, whether it holds a function's arguments
  for (std::size_t i = 0; i < expression.size();) {
    const char c = expression[i];
    const char before = i > 0 ? expression[i - 1] : ' ';
    if (c == '"') {
      i = string_end(expression, i);
      continue;
    }
    if (c == '|' && calls.empty()) {
      break;
    }
    if (c == '(') {
      calls.push_back(is_word(before));
    } else if (c == ')' && !calls.empty()) {
      calls.pop_back();
    }
    if (c == '.' && !is_word(before) && before != '.' && before != ')' && before != ']') {
      const auto end = path_end(expression, i);
      const std::string path(expression.substr(i, end - i));
      if (end > i && std::ranges::find(calls, true) == calls.end() &&
          std::ranges::find(paths, path) == paths.end()) {
        paths.push_back(path);
      }
      i = std::max(end, i + 1);
      continue;
    }
    ++i;
  }
  return paths;
}

Assertion::Assertion(std::string expression, ExpressionLimit limit)
    : text_(std::move(expression)), limit_(limit), expression_(text_, "--assert", limit) {}

std::optional<std::string> Assertion::violation(const ExpressionInput& record) {
  std::string what = fmt::format("--assert '{}'", text_);
  try {
    if (expression_.holds(record)) {
      return std::nullopt;
    }
  } catch (const TooLargeForJq&) {
    throw;
  } catch (const Error& error) {
    what += fmt::format(" cannot be told: {}", error.what());
  }
  const char* separator = ": ";
  compile_paths();
  for (auto& path : *paths_) {
    what += fmt::format("{}{} is {}", std::exchange(separator, ", "), path.text,
                        path.value ? value_of(*path.value, record) : "not there");
  }
  return what;
}

void Assertion::compile_paths() {
  if (paths_) {
    return;
  }
  paths_.emplace();
  for (auto& text : paths_in(text_)) {
    auto& path = paths_->emplace_back(Path{std::move(text), std::nullopt});
    try {
      path.value.emplace(path.text + " | tojson", "--assert", limit_);
    } catch (const Error&) {
      // It looks like a path, but jq does not accept it; the message says that it is not there.
    }
  }
}

}  // namespace mscomm
