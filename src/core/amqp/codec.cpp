#include "core/amqp/codec.h"

#include <amqp_framing.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/runtime/error.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

template <class Number>
void store(char* at, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    at[i] = static_cast<char>(value >> (8 * (sizeof(Number) - 1 - i)));
  }
}

std::uint64_t number_of(const FieldValue& value) {
  const auto* number = std::get_if<std::uint64_t>(&value.data);
  return number != nullptr ? *number : 0;
}

FieldTable table_from(const amqp_table_t& table, int depth);

FieldValue value_from(const amqp_field_value_t& field, int depth) {
  if (depth > kMaxFieldDepth) {
    throw Error(Exit::failed,
                fmt::format("a message's headers nest deeper than {} levels", kMaxFieldDepth));
  }
  FieldValue value{static_cast<FieldKind>(field.kind), {}};
  const auto signed_bits = [](std::int64_t number) { return static_cast<std::uint64_t>(number); };
  switch (value.kind) {
    case FieldKind::boolean:
      value.data = static_cast<std::uint64_t>(field.value.boolean != 0);
      break;
    case FieldKind::int8:
      value.data = signed_bits(field.value.i8);
      break;
    case FieldKind::uint8:
      value.data = std::uint64_t{field.value.u8};
      break;
    case FieldKind::int16:
      value.data = signed_bits(field.value.i16);
      break;
    case FieldKind::uint16:
      value.data = std::uint64_t{field.value.u16};
      break;
    case FieldKind::int32:
      value.data = signed_bits(field.value.i32);
      break;
    case FieldKind::uint32:
    case FieldKind::float32:
      value.data = std::uint64_t{field.value.u32};
      break;
    case FieldKind::int64:
    case FieldKind::uint64:
    case FieldKind::float64:
    case FieldKind::timestamp:
      value.data = std::uint64_t{field.value.u64};
      break;
    case FieldKind::decimal:
      value.data = Decimal{field.value.decimal.decimals, field.value.decimal.value};
      break;
    case FieldKind::longstr:
    case FieldKind::bytes:
      value.data = std::string(view_of(field.value.bytes));
      break;
    case FieldKind::array: {
      FieldArray array;
      array.reserve(static_cast<std::size_t>(field.value.array.num_entries));
      for (int i = 0; i < field.value.array.num_entries; ++i) {
        array.push_back(value_from(field.value.array.entries[i], depth + 1));
      }
      value.data = std::move(array);
      break;
    }
    case FieldKind::table:
      value.data = table_from(field.value.table, depth + 1);
      break;
    case FieldKind::null:
      break;
  }
  return value;
}

FieldTable table_from(const amqp_table_t& table, int depth) {
  FieldTable out;
  out.reserve(static_cast<std::size_t>(table.num_entries));
  for (int i = 0; i < table.num_entries; ++i) {
    out.emplace_back(view_of(table.entries[i].key), value_from(table.entries[i].value, depth));
  }
  return out;
}

void assign_text(std::optional<std::string>& out, bool present, amqp_bytes_t bytes) {
  if (!present) {
    out.reset();
  } else if (out) {
    out->assign(view_of(bytes));
  } else {
    out.emplace(view_of(bytes));
  }
}

amqp_bytes_t short_text(const std::optional<std::string>& text, const char* name, amqp_flags_t flag,
                        amqp_flags_t& flags) {
  if (!text) {
    return amqp_empty_bytes;
  }
  if (text->size() > kShortString) {
    throw Error(Exit::usage, fmt::format("the property {} has {} bytes", name, text->size()),
                "AMQP 0-9-1 allows 255 there; longer values belong into the body or a header");
  }
  flags |= flag;
  return bytes_of(*text);
}

}  // namespace

EncodedTable::EncodedTable(const FieldTable& table) : root_(table_of(table, 0)) {}

amqp_table_t EncodedTable::table_of(const FieldTable& table, int depth) {
  std::vector<amqp_table_entry_t> entries;
  entries.reserve(table.size());
  for (const auto& [key, value] : table) {
    if (key.size() > kShortString) {
      throw Error(
          Exit::usage,
          fmt::format("the header name '{}…' has {} bytes", visible(key.substr(0, 32)), key.size()),
          "AMQP 0-9-1 allows 255");
    }
    entries.push_back({bytes_of(key), value_of(value, depth)});
  }
  // The vectors' own storage stays where it is when the vector of vectors grows.
  entries_.push_back(std::move(entries));
  return {static_cast<int>(table.size()), entries_.back().data()};
}

amqp_array_t EncodedTable::array_of(const FieldArray& array, int depth) {
  std::vector<amqp_field_value_t> values;
  values.reserve(array.size());
  for (const auto& value : array) {
    values.push_back(value_of(value, depth));
  }
  values_.push_back(std::move(values));
  return {static_cast<int>(array.size()), values_.back().data()};
}

amqp_field_value_t EncodedTable::value_of(const FieldValue& value, int depth) {
  if (depth > kMaxFieldDepth) {
    throw Error(Exit::usage, fmt::format("headers nest deeper than {} levels", kMaxFieldDepth));
  }
  amqp_field_value_t field{};
  field.kind = static_cast<std::uint8_t>(value.kind);
  switch (value.kind) {
    case FieldKind::boolean:
      field.value.boolean = number_of(value) != 0 ? 1 : 0;
      break;
    case FieldKind::int8:
    case FieldKind::uint8:
      field.value.u8 = static_cast<std::uint8_t>(number_of(value));
      break;
    case FieldKind::int16:
    case FieldKind::uint16:
      field.value.u16 = static_cast<std::uint16_t>(number_of(value));
      break;
    case FieldKind::int32:
    case FieldKind::uint32:
    case FieldKind::float32:
      field.value.u32 = static_cast<std::uint32_t>(number_of(value));
      break;
    case FieldKind::int64:
    case FieldKind::uint64:
    case FieldKind::float64:
    case FieldKind::timestamp:
      field.value.u64 = number_of(value);
      break;
    case FieldKind::decimal:
      if (const auto* decimal = std::get_if<Decimal>(&value.data)) {
        field.value.decimal = {decimal->scale, decimal->value};
      }
      break;
    case FieldKind::longstr:
    case FieldKind::bytes:
      if (const auto* text = std::get_if<std::string>(&value.data)) {
        field.value.bytes = bytes_of(*text);
      }
      break;
    case FieldKind::array:
      if (const auto* array = std::get_if<FieldArray>(&value.data)) {
        field.value.array = array_of(*array, depth + 1);
      }
      break;
    case FieldKind::table:
      if (const auto* table = std::get_if<FieldTable>(&value.data)) {
        field.value.table = table_of(*table, depth + 1);
      }
      break;
    case FieldKind::null:
      break;
  }
  return field;
}

FieldTable decode_table(const amqp_table_t& table) { return table_from(table, 0); }

void assign_properties(Properties& out, const amqp_basic_properties_t& decoded) {
  const auto has = [&](amqp_flags_t flag) { return (decoded._flags & flag) != 0; };
  assign_text(out.content_type, has(AMQP_BASIC_CONTENT_TYPE_FLAG), decoded.content_type);
  assign_text(out.content_encoding, has(AMQP_BASIC_CONTENT_ENCODING_FLAG),
              decoded.content_encoding);
  out.headers.reset();
  if (has(AMQP_BASIC_HEADERS_FLAG)) {
    out.headers = decode_table(decoded.headers);
  }
  out.delivery_mode.reset();
  if (has(AMQP_BASIC_DELIVERY_MODE_FLAG)) {
    out.delivery_mode = decoded.delivery_mode;
  }
  out.priority.reset();
  if (has(AMQP_BASIC_PRIORITY_FLAG)) {
    out.priority = decoded.priority;
  }
  assign_text(out.correlation_id, has(AMQP_BASIC_CORRELATION_ID_FLAG), decoded.correlation_id);
  assign_text(out.reply_to, has(AMQP_BASIC_REPLY_TO_FLAG), decoded.reply_to);
  assign_text(out.expiration, has(AMQP_BASIC_EXPIRATION_FLAG), decoded.expiration);
  assign_text(out.message_id, has(AMQP_BASIC_MESSAGE_ID_FLAG), decoded.message_id);
  out.timestamp.reset();
  if (has(AMQP_BASIC_TIMESTAMP_FLAG)) {
    out.timestamp = decoded.timestamp;
  }
  assign_text(out.type, has(AMQP_BASIC_TYPE_FLAG), decoded.type);
  assign_text(out.user_id, has(AMQP_BASIC_USER_ID_FLAG), decoded.user_id);
  assign_text(out.app_id, has(AMQP_BASIC_APP_ID_FLAG), decoded.app_id);
  assign_text(out.cluster_id, has(AMQP_BASIC_CLUSTER_ID_FLAG), decoded.cluster_id);
}

FrameEncoder::FrameEncoder(std::size_t frame_max)
    : frame_max_(frame_max), scratch_(frame_max - kFrameOverhead) {}

void FrameEncoder::append_frame(std::string& out, int type, amqp_channel_t channel,
                                std::size_t length) {
  std::array<char, kFrameHeader> header{static_cast<char>(type)};
  store(header.data() + 1, channel);
  store(header.data() + 3, static_cast<std::uint32_t>(length));
  out.append(header.data(), header.size());
  out.append(scratch_.data(), length);
  out += static_cast<char>(AMQP_FRAME_END);
}

void FrameEncoder::append_method(std::string& out, amqp_channel_t channel, amqp_method_number_t id,
                                 void* decoded) {
  store(scratch_.data(), id);
  const amqp_bytes_t room{scratch_.size() - 4, scratch_.data() + 4};
  const int length = amqp_encode_method(id, decoded, room);
  if (length < 0) {
    throw Error(
        Exit::usage,
        length == AMQP_STATUS_BAD_AMQP_DATA
            ? std::string("a name or a routing key has more than 255 bytes")
            : fmt::format("the arguments do not fit a frame ({})", amqp_error_string2(length)),
        "AMQP 0-9-1 allows no more");
  }
  append_frame(out, AMQP_FRAME_METHOD, channel, static_cast<std::size_t>(length) + 4);
}

void FrameEncoder::append_content_header(std::string& out, amqp_channel_t channel,
                                         std::uint64_t body_size, const Properties& properties) {
  amqp_basic_properties_t encoded{};
  auto& flags = encoded._flags;
  encoded.content_type =
      short_text(properties.content_type, "content_type", AMQP_BASIC_CONTENT_TYPE_FLAG, flags);
  encoded.content_encoding = short_text(properties.content_encoding, "content_encoding",
                                        AMQP_BASIC_CONTENT_ENCODING_FLAG, flags);
  std::optional<EncodedTable> headers;
  if (properties.headers) {
    encoded.headers = headers.emplace(*properties.headers).get();
    flags |= AMQP_BASIC_HEADERS_FLAG;
  }
  if (properties.delivery_mode) {
    encoded.delivery_mode = *properties.delivery_mode;
    flags |= AMQP_BASIC_DELIVERY_MODE_FLAG;
  }
  if (properties.priority) {
    encoded.priority = *properties.priority;
    flags |= AMQP_BASIC_PRIORITY_FLAG;
  }
  encoded.correlation_id = short_text(properties.correlation_id, "correlation_id",
                                      AMQP_BASIC_CORRELATION_ID_FLAG, flags);
  encoded.reply_to = short_text(properties.reply_to, "reply_to", AMQP_BASIC_REPLY_TO_FLAG, flags);
  encoded.expiration =
      short_text(properties.expiration, "expiration", AMQP_BASIC_EXPIRATION_FLAG, flags);
  encoded.message_id =
      short_text(properties.message_id, "message_id", AMQP_BASIC_MESSAGE_ID_FLAG, flags);
  if (properties.timestamp) {
    encoded.timestamp = *properties.timestamp;
    flags |= AMQP_BASIC_TIMESTAMP_FLAG;
  }
  encoded.type = short_text(properties.type, "type", AMQP_BASIC_TYPE_FLAG, flags);
  encoded.user_id = short_text(properties.user_id, "user_id", AMQP_BASIC_USER_ID_FLAG, flags);
  encoded.app_id = short_text(properties.app_id, "app_id", AMQP_BASIC_APP_ID_FLAG, flags);
  encoded.cluster_id =
      short_text(properties.cluster_id, "cluster_id", AMQP_BASIC_CLUSTER_ID_FLAG, flags);

  // Class, weight and body size come first (§4.2.6.1).
  constexpr std::size_t kPrefix = 12;
  store(scratch_.data(), static_cast<std::uint16_t>(AMQP_BASIC_CLASS));
  store(scratch_.data() + 2, std::uint16_t{0});
  store(scratch_.data() + 4, body_size);
  const amqp_bytes_t room{scratch_.size() - kPrefix, scratch_.data() + kPrefix};
  const int length = amqp_encode_properties(AMQP_BASIC_CLASS, &encoded, room);
  if (length < 0) {
    throw Error(Exit::usage,
                fmt::format("the message's headers do not fit a frame of {} bytes", frame_max_),
                "large data belongs into the body");
  }
  append_frame(out, AMQP_FRAME_HEADER, channel, static_cast<std::size_t>(length) + kPrefix);
}

void FrameEncoder::append_body(std::string& out, amqp_channel_t channel,
                               std::string_view body) const {
  const auto most = frame_max_ - kFrameOverhead;
  while (!body.empty()) {
    const auto length = std::min(body.size(), most);
    std::array<char, kFrameHeader> header{static_cast<char>(AMQP_FRAME_BODY)};
    store(header.data() + 1, channel);
    store(header.data() + 3, static_cast<std::uint32_t>(length));
    out.append(header.data(), header.size());
    out.append(body.substr(0, length));
    out += static_cast<char>(AMQP_FRAME_END);
    body.remove_prefix(length);
  }
}

void FrameEncoder::append_heartbeat(std::string& out) {
  constexpr std::string_view kHeartbeat("\x08\0\0\0\0\0\0\xCE", 8);
  out += kHeartbeat;
}

}  // namespace mscomm
