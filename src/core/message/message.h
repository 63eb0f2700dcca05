#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/message/field_table.h"

namespace mscomm {

class BodyFile;

/// The fourteen basic properties of AMQP 0-9-1 (section 4.2.6.1 and the class `basic`).
/// Absent and empty are different things on the wire and here.
struct Properties {
  std::optional<std::string> content_type;
  std::optional<std::string> content_encoding;
  std::optional<FieldTable> headers;
  std::optional<std::uint8_t> delivery_mode;  ///< 1 transient, 2 persistent
  std::optional<std::uint8_t> priority;
  std::optional<std::string> correlation_id;
  std::optional<std::string> reply_to;
  std::optional<std::string> expiration;  ///< milliseconds, as text
  std::optional<std::string> message_id;
  std::optional<std::uint64_t> timestamp;  ///< seconds since 1970
  std::optional<std::string> type;
  std::optional<std::string> user_id;
  std::optional<std::string> app_id;
  std::optional<std::string> cluster_id;
  bool operator==(const Properties&) const = default;
};

/// The headers, made if there are none.
inline FieldTable& headers_of(Properties& properties) {
  return properties.headers ? *properties.headers : properties.headers.emplace();
}

/// The exchange and routing key of a message. With the default exchange (the empty name) the key is
/// the name of a queue.
struct Route {
  std::string exchange;
  std::string routing_key;
  bool operator==(const Route&) const = default;
};

/// A message from the broker. The views are valid until the session's next event.
struct Delivery {
  std::string_view consumer_tag;
  std::uint64_t delivery_tag = 0;
  bool redelivered = false;
  std::string_view exchange;
  std::string_view routing_key;
  const Properties* properties = nullptr;
  std::string_view body;  ///< empty when the body is in a file
  /// A large body, if the session keeps them in files.
  std::shared_ptr<const BodyFile> file = {};

  /// The body's size in bytes, in memory or in a file.
  [[nodiscard]] std::uint64_t body_bytes() const noexcept;
};

}  // namespace mscomm
