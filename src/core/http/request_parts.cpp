#include "core/http/request_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/runtime/error.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
  static constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

}  // namespace

void add_header_option(HttpRequest& request, std::string_view text, std::string_view what) {
  const auto end = std::min(text.find_first_of(":;"), text.size());
  const auto name = text.substr(0, end);
  const auto value = trim(text.substr(std::min(end + 1, text.size())));
  const bool is_empty_header = end < text.size() && text[end] == ';';
  if (end == text.size() || !is_token(name) || (is_empty_header && !value.empty())) {
    // The text after the first word may be a credential whose colon was forgotten.
    const auto word = text.substr(0, std::min(end, text.find_first_of(" \t")));
    throw Error(Exit::usage, fmt::format("{}: '{}' is not a header", what, word),
                "write NAME: VALUE; 'NAME;' is an empty one, 'NAME:' takes a default away");
  }
  if (!is_empty_header && value.empty() && end + 1 < text.size()) {
    throw Error(Exit::usage, fmt::format("{}: the value of {} is empty", what, name),
                "is a shell variable unset? 'NAME;' is an empty one, 'NAME:' takes a default away");
  }
  check_header_value(name, value, what);
  if (is_empty_header || !value.empty()) {
    request.headers.push_back({std::string(name), std::string(value)});
  } else {
    request.without.emplace_back(name);
  }
}

void check_header_value(std::string_view name, std::string_view value, std::string_view what) {
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    throw Error(Exit::usage, fmt::format("{}: the value of {} has a line break", what, name));
  }
}

void add_default_header(HttpRequest& request, std::string_view name, std::string_view value) {
  const bool unwanted =
      std::any_of(request.without.begin(), request.without.end(),
                  [name](const auto& each) { return same_header_name(each, name); });
  if (!unwanted && find_header(request.headers, name) == nullptr) {
    request.headers.push_back({std::string(name), std::string(value)});
  }
}

void check_method(std::string_view method, std::string_view what) {
  if (!is_token(method)) {
    throw Error(Exit::usage, fmt::format("{}: '{}' is not a method", what, method));
  }
}

}  // namespace mscomm
