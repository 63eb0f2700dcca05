// A kind (json, yaml, toml), a line end, and a text of that kind: whatever it is, it is read within
// bounds, or it is said where it is wrong; and each value stands where the document says.

#include "core/document/document_loader.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/document/json_pointer.h"
#include "core/runtime/error.h"
#include "fuzz/fuzzer.h"

namespace mscomm::test {
namespace {

using Json = nlohmann::ordered_json;

// What a text of JSON goes on with at a place; columns count characters.
char character_at(std::string_view text, TextPlace place) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  text.remove_prefix(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  for (; place.line > 1; --place.line) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  const auto is_first = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  auto at = text.begin();
  for (auto left = place.column - 1; left > 0 && at != text.end(); --left) {
    at = std::find_if(at + 1, text.end(), is_first);
  }
  return at == text.end() ? '\0' : *at;
}

bool may_begin_with(const Json& value, char c) {
  switch (value.type()) {
    case Json::value_t::object:
      return c == '{';
    case Json::value_t::array:
      return c == '[';
    case Json::value_t::string:
      return c == '"';
    case Json::value_t::boolean:
      return c == 't' || c == 'f';
    case Json::value_t::null:
      return c == 'n';
    default:
      return c == '-' || (c >= '0' && c <= '9');
  }
}

void check_places(const Document& document, std::string_view text, bool is_json) {
  constexpr std::size_t kMostValues = 300;
  std::vector<std::pair<const Json*, std::string>> open{{&document.root(), ""}};
  for (std::size_t i = 0; i < open.size() && i < kMostValues; ++i) {
    const auto [value, pointer] = open[i];
    const auto place = document.place(pointer);
    require(place.line >= 1 && place.line <= text.size() + 1 && place.column >= 1);
    require(!is_json || may_begin_with(*value, character_at(text, place)));
    if (!value->is_structured()) {
      continue;
    }
    for (const auto& [name, inner] : value->items()) {
      auto step = pointer;
      append_pointer_step(step, name);
      open.emplace_back(&inner, std::move(step));
    }
  }
}

}  // namespace

void fuzz(std::string_view input) {
  const auto line_end = input.find('\n');
  const auto name = input.substr(0, line_end);
  const auto text =
      line_end == std::string_view::npos ? std::string_view() : input.substr(line_end + 1);
  const auto kind = name == "json"   ? DocumentKind::json
                    : name == "toml" ? DocumentKind::toml
                                     : DocumentKind::yaml;
  try {
    for (const auto& document : load_documents(text, "a", kind)) {
      check_places(document, text, kind == DocumentKind::json);
    }
  } catch (const Error& error) {
    require(error.reason() == Exit::usage);
    require(std::string_view(error.what()).starts_with(kind == DocumentKind::json ? "'a' " : "a:"));
  }
}

}  // namespace mscomm::test
