#include "core/message/message_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/message/delivery_record.h"
#include "core/message/json_input.h"
#include "core/message/table_json.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kBase64 = "_base64";

// A member's name without the suffix `_base64`.
struct MemberName {
  explicit MemberName(std::string_view name)
      : base(name.ends_with(kBase64) ? name.substr(0, name.size() - kBase64.size()) : name),
        is_base64(base.size() != name.size()) {}
  std::string_view base;
  bool is_base64;
};

struct TextProperty {
  std::string_view name;
  std::optional<std::string> Properties::*member;
};

constexpr std::array<TextProperty, 10> kTextProperties{{
    {"content_type", &Properties::content_type},
    {"content_encoding", &Properties::content_encoding},
    {"correlation_id", &Properties::correlation_id},
    {"reply_to", &Properties::reply_to},
    {"expiration", &Properties::expiration},
    {"message_id", &Properties::message_id},
    {"type", &Properties::type},
    {"user_id", &Properties::user_id},
    {"app_id", &Properties::app_id},
    {"cluster_id", &Properties::cluster_id},
}};

// The top-level member that holds the field.
std::string_view outer_member(const Field<DeliveryRecord>& field) {
  return field.object.empty() ? field.name : field.object;
}

bool is_written(std::string_view member) {
  return std::ranges::any_of(delivery_fields(), [member](const auto& field) {
    return field.is_in_json() && outer_member(field) == member;
  });
}

std::vector<std::string> record_members() {
  std::vector<std::string> names;
  for (const auto& field : delivery_fields()) {
    if (field.is_in_json() && (names.empty() || names.back() != outer_member(field))) {
      names.emplace_back(outer_member(field));
    }
  }
  names.insert(names.end(), {"body_base64", "json"});
  return names;
}

std::vector<std::string> property_members() {
  std::vector<std::string> names;
  for (const auto& field : delivery_fields()) {
    if (field.is_in_json() && !field.object.empty()) {
      names.emplace_back(field.name);
    }
  }
  return names;
}

void set_text(std::optional<std::string>& target, const Json& json, std::size_t most,
              const MemberName& name, const Place& place) {
  if (target) {
    throw Error(Exit::usage, fmt::format("{}: both '{}' and '{}{}' are given", place.outer->text(),
                                         name.base, name.base, kBase64));
  }
  target = name.is_base64 ? base64_from_json(json, most, place) : text_from_json(json, most, place);
}

void read_property(Properties& properties, std::string_view name, const Json& json,
                   const Place& place) {
  if (name == "headers") {
    properties.headers = table_from_json(json, place);
    return;
  }
  if (name == "delivery_mode") {
    properties.delivery_mode =
        static_cast<std::uint8_t>(unsigned_from_json(json, UINT8_MAX, place));
    return;
  }
  if (name == "priority") {
    properties.priority = static_cast<std::uint8_t>(unsigned_from_json(json, UINT8_MAX, place));
    return;
  }
  if (name == "timestamp") {
    properties.timestamp = unsigned_from_json(json, UINT64_MAX, place);
    return;
  }
  const MemberName split(name);
  for (const auto& property : kTextProperties) {
    if (property.name == split.base) {
      set_text(properties.*property.member, json, kShortString, split, place);
      return;
    }
  }
  refuse_member(name, property_members(), *place.outer);
}

void read_properties(Properties& properties, const Json& json, const Place& place) {
  if (!json.is_object()) {
    refuse_json(json, "an object", place);
  }
  for (auto member = json.begin(); member != json.end(); ++member) {
    read_property(properties, member.key(), *member, {&place, member.key()});
  }
}

bool nests_deeper_than(const Json& json, int levels) {
  return json.is_structured() &&
         (levels == 0 || std::any_of(json.begin(), json.end(), [&](const Json& item) {
            return nests_deeper_than(item, levels - 1);
          }));
}

std::string body_from_json(const Json& json, const Place& place) {
  constexpr int kMostLevels = 512;  // dump() recurses
  if (nests_deeper_than(json, kMostLevels)) {
    throw Error(Exit::usage,
                fmt::format("{}: it nests deeper than {} levels", place.text(), kMostLevels),
                "give the body as text, in the member 'body'");
  }
  return json.dump();
}

}  // namespace

MessageRecord parse_message_record(std::string_view line, const std::string& where) {
  const Place record_place{nullptr, where};
  const auto json = json_from_text(line, record_place);
  if (!json.is_object()) {
    refuse_json(json, "an object", record_place);
  }
  MessageRecord record;
  std::optional<std::string> body;
  const Json* parsed_body = nullptr;
  for (auto member = json.begin(); member != json.end(); ++member) {
    const std::string_view key = member.key();
    const Place place{&record_place, key};
    const MemberName name(key);
    if (name.base == "body") {
      set_text(body, *member, kAnyLength, name, place);
    } else if (name.base == "exchange") {
      set_text(record.exchange, *member, kShortString, name, place);
    } else if (name.base == "routing_key") {
      set_text(record.routing_key, *member, kShortString, name, place);
    } else if (key == "properties") {
      read_properties(record.properties, *member, place);
    } else if (key == "json") {
      parsed_body = &*member;
    } else if (!is_written(name.base)) {  // publish ignores other known members
      refuse_member(key, record_members(), record_place);
    }
  }
  record.has_body = body || parsed_body != nullptr;
  if (body) {
    record.body = std::move(*body);
  } else if (parsed_body != nullptr) {
    record.body = body_from_json(*parsed_body, {&record_place, "json"});
  }
  return record;
}

}  // namespace mscomm
