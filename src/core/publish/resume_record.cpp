#include "core/publish/resume_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/document/json_parser.h"
#include "core/output/json_writer.h"
#include "core/runtime/error.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kKind = "publish";
constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kHighestNumber = 1'000'000'000'000'000;
constexpr std::size_t kDigestDigits = 64;
constexpr std::size_t kLongestPrefix = 64;

void write_ranges(JsonWriter& json, std::string_view name, const NumberSet& numbers) {
  json.key(name).begin_array();
  for (const auto& [first, last] : numbers.ranges()) {
    json.begin_array().value(first).value(last).end_array();
  }
  json.end_array();
}

// Every function here throws on unexpected input; parse_resume_record() catches it.

std::uint64_t number(const Json& value) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kHighestNumber) {
    throw std::out_of_range("a number");
  }
  return value.get<std::uint64_t>();
}

NumberSet numbers(const Json& value) {
  NumberSet set;
  for (const auto& range : value.get_ref<const Json::array_t&>()) {
    const auto first = number(range.at(0));
    const auto last = number(range.at(1));
    if (first <= set.highest() || last < first || range.size() != 2) {
      throw std::out_of_range("a range");
    }
    set.add(first, last);
  }
  return set;
}

bool have_a_number_in_common(const NumberSet& some, const NumberSet& others) {
  return std::ranges::any_of(some.ranges(), [&others](const auto& range) {
    const auto next = others.ranges().upper_bound(range.second);
    return next != others.ranges().begin() && std::prev(next)->second >= range.first;
  });
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void check(const ResumeRecord& record) {
  const bool holds =
      record.sha256.size() == kDigestDigits && is_hex(record.sha256) &&
      record.id_prefix.ends_with('-') && record.id_prefix.size() <= kLongestPrefix &&
      is_hex(std::string_view(record.id_prefix).substr(0, record.id_prefix.size() - 1)) &&
      record.confirmed.highest() <= std::min(record.sent_up_to, record.read) &&
      record.failed.highest() <= std::min(record.sent_up_to, record.read) &&
      !have_a_number_in_common(record.confirmed, record.failed);
  if (!holds) {
    throw std::out_of_range("the record");
  }
}

ResumeRecord record_of(const Json& json) {
  ResumeRecord record;
  record.target = json.at("target").get<std::string>();
  record.brokers = json.at("brokers").get<std::vector<std::string>>();
  record.id_prefix = json.at("id_prefix").get<std::string>();
  record.read = number(json.at("read"));
  record.sha256 = json.at("sha256").get<std::string>();
  record.sent_up_to = number(json.at("sent_up_to"));
  record.confirmed = numbers(json.at("confirmed"));
  record.failed = numbers(json.at("failed"));
  record.complete = json.at("complete").get<bool>();
  check(record);
  return record;
}

[[noreturn]] void refuse(std::string_view where, std::string_view what) {
  throw Error(Exit::usage, fmt::format("{} {}", where, what),
              "give the name of a file that an earlier run kept, or of none that exists yet");
}

}  // namespace

std::string resume_record_text(const ResumeRecord& record) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().member("resume", kKind).member("version", kVersion);
  json.member("target", record.target).key("brokers").begin_array();
  for (const auto& broker : record.brokers) {
    json.value(broker);
  }
  json.end_array().member("id_prefix", record.id_prefix).member("read", record.read);
  json.member("sha256", record.sha256).member("sent_up_to", record.sent_up_to);
  write_ranges(json, "confirmed", record.confirmed);
  write_ranges(json, "failed", record.failed);
  json.member("complete", record.complete).end_object();
  text += '\n';
  return text;
}

ResumeRecord parse_resume_record(std::string_view text, std::string_view where) {
  if (text.empty()) {
    refuse(where, "is empty, so it is not known what was sent");
  }
  JsonMistake mistake;
  const auto json = parse_json(text, mistake);
  if (!json || !json->is_object() || json->value("resume", Json()) != kKind) {
    refuse(where, "is not what --resume-file keeps");
  }
  if (json->value("version", Json()) != kVersion) {
    refuse(where, "is of another version of mscomm");
  }
  try {
    return record_of(*json);
  } catch (const std::exception&) {  // from the JSON library, or from the checks above
    refuse(where, "is damaged, so it is not known what was sent");
  }
}

}  // namespace mscomm
