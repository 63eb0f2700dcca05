#include "core/message/json_input.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/document/json_parser.h"
#include "core/runtime/error.h"
#include "core/runtime/spelling.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

std::string_view kind_of(const Json& json) {
  switch (json.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::boolean:
      return "a boolean";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::number_float:
      return "a number with a fraction or an exponent";
    default:
      return "an integer";
  }
}

[[noreturn]] void refuse_length(std::size_t length, std::size_t most, const Place& place) {
  throw Error(Exit::usage,
              fmt::format("{}: {} bytes are too long, AMQP allows {}", place.text(), length, most));
}

}  // namespace

std::string Place::text() const {
  if (outer == nullptr) {
    return std::string(name);
  }
  auto text = outer->text();
  if (index != kNoIndex) {
    fmt::format_to(std::back_inserter(text), "[{}]", index);
  } else {
    text += outer->outer == nullptr ? ": " : ".";
    text += name;
  }
  return text;
}

Json json_from_text(std::string_view text, const Place& place) {
  JsonMistake mistake;
  auto json = parse_json(text, mistake, RepeatedNames::last_wins, nullptr, LargeIntegers::refuse);
  if (!json && mistake.byte > 0) {
    throw Error(Exit::usage, fmt::format("{}: this is not JSON: {} at byte {}", place.text(),
                                         mistake.reason, mistake.byte));
  }
  if (!json) {
    throw Error(Exit::usage, fmt::format("{}: {}", place.text(), mistake.reason));
  }
  return std::move(*json);
}

void refuse_json(const Json& json, std::string_view expected, const Place& place) {
  throw Error(Exit::usage,
              fmt::format("{}: expected {}, not {}", place.text(), expected, kind_of(json)));
}

void refuse_member(std::string_view name, std::span<const std::string> known, const Place& place) {
  const auto near = nearest(name, known);
  throw Error(Exit::usage, fmt::format("{}: unknown member '{}'", place.text(), name),
              near.empty() ? fmt::format("the members are: {}", fmt::join(known, ", "))
                           : fmt::format("did you mean '{}'?", near));
}

std::uint64_t unsigned_from_json(const Json& json, std::uint64_t most, const Place& place) {
  if (!json.is_number_unsigned() || json.get<std::uint64_t>() > most) {
    if (json.is_number_integer()) {
      throw Error(Exit::usage,
                  fmt::format("{}: {} is not from 0 to {}", place.text(), json.dump(), most));
    }
    refuse_json(json, "an integer", place);
  }
  return json.get<std::uint64_t>();
}

const std::string& text_from_json(const Json& json, std::size_t most, const Place& place) {
  if (!json.is_string()) {
    refuse_json(json, "a string", place);
  }
  const auto& text = json.get_ref<const std::string&>();
  if (text.size() > most) {
    refuse_length(text.size(), most, place);
  }
  return text;
}

std::string base64_from_json(const Json& json, std::size_t most, const Place& place) {
  auto bytes = base64_decode(text_from_json(json, kAnyLength, place));
  if (!bytes) {
    throw Error(Exit::usage, fmt::format("{}: this is not base64", place.text()));
  }
  if (bytes->size() > most) {
    refuse_length(bytes->size(), most, place);
  }
  return std::move(*bytes);
}

}  // namespace mscomm
