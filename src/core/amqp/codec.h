#pragma once

#include <amqp.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/message/message.h"

namespace mscomm {

/// Bytes of a frame besides its payload (AMQP 0-9-1 §4.2.3): the header is type, channel and size;
/// the overhead adds the frame-end octet.
inline constexpr std::size_t kFrameHeader = 7;
inline constexpr std::size_t kFrameOverhead = 8;

inline std::string_view view_of(amqp_bytes_t bytes) {
  return {static_cast<const char*>(bytes.bytes), bytes.len};
}

/// Does not copy: `text` must outlive the result.
inline amqp_bytes_t bytes_of(std::string_view text) {
  return {text.size(), const_cast<char*>(text.data())};
}

/// The arguments of a decoded method. The caller knows from its id that they are a `Method`.
template <class Method>
const Method& arguments_of(const amqp_method_t& method) {
  return *static_cast<const Method*>(method.decoded);
}

/// A FieldTable in rabbitmq-c's form. Strings are not copied: the table must outlive it.
///
/// Throws Error{usage} for a name over 255 bytes and for nesting deeper than kMaxFieldDepth, which
/// rabbitmq-c would encode into a broken frame (amqp_table.c writes the length unchecked).
class EncodedTable {
 public:
  explicit EncodedTable(const FieldTable& table);
  [[nodiscard]] const amqp_table_t& get() const noexcept { return root_; }

 private:
  amqp_table_t table_of(const FieldTable& table, int depth);
  amqp_array_t array_of(const FieldArray& array, int depth);
  amqp_field_value_t value_of(const FieldValue& value, int depth);

  std::vector<std::vector<amqp_table_entry_t>> entries_;
  std::vector<std::vector<amqp_field_value_t>> values_;
  amqp_table_t root_{};
};

/// The inverse of EncodedTable. Throws Error{failed} for nesting deeper than kMaxFieldDepth.
FieldTable decode_table(const amqp_table_t& table);

/// Copies decoded properties into `out`, reusing its strings.
void assign_properties(Properties& out, const amqp_basic_properties_t& decoded);

/// Encodes frames (AMQP 0-9-1 §4.2.3) to the end of a buffer. When a frame cannot be encoded, it
/// throws before anything is appended, so that the stream stays whole.
class FrameEncoder {
 public:
  explicit FrameEncoder(std::size_t frame_max);

  /// Throws Error{usage} for a value that does not fit the protocol's fields.
  void append_method(std::string& out, amqp_channel_t channel, amqp_method_number_t id,
                     void* decoded);
  /// Throws Error{usage} for a property over 255 bytes and for headers that do not fit a frame.
  void append_content_header(std::string& out, amqp_channel_t channel, std::uint64_t body_size,
                             const Properties& properties);
  /// Appends no frame for an empty body, and several for a body larger than a frame.
  void append_body(std::string& out, amqp_channel_t channel, std::string_view body) const;
  static void append_heartbeat(std::string& out);

 private:
  void append_frame(std::string& out, int type, amqp_channel_t channel, std::size_t length);

  std::size_t frame_max_;
  std::vector<char> scratch_;  // one frame's payload
};

}  // namespace mscomm
