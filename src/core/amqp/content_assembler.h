#pragma once

#include <amqp.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/amqp/session.h"
#include "core/message/body_file.h"
#include "core/runtime/files.h"
#include "core/telemetry/log.h"

namespace mscomm {

/// The heap that they take, in bytes.
std::size_t memory_of(const Properties& properties);

/// A delivery with the memory that it points into.
struct HeldDelivery {
  Delivery delivery;
  std::string consumer_tag, exchange, routing_key;
  Properties properties;
  std::string body;  // only when it came in several frames, or was copied
  std::shared_ptr<const BodyFile> file;

  /// Points `delivery` at this memory, except its body, which may lie in the frame that brought it.
  const Delivery& point();
  /// All that it takes of the memory, in bytes.
  [[nodiscard]] std::size_t memory() const;
};

/// Puts messages together from their frames: a method, a content header and any number of body
/// frames, with nothing between them (AMQP 0-9-1 §4.2.6).
class ContentAssembler {
 public:
  /// `peer` names the broker in messages.
  ContentAssembler(std::string peer, BodyPlace bodies, Log log);

  void begin(const amqp_basic_deliver_t& method);
  void begin(const amqp_basic_return_t& method);

  /// Takes a header or body frame and returns the event that it completes: a Delivery, whose views
  /// are valid until the following call, or a Returned. `may_open_file` says whether a large body
  /// that begins may go to a file. Throws Error{unreachable} for content without a message, and
  /// Error{failed} or Error{io} for a body that is too large for the memory.
  std::optional<Event> add(const amqp_frame_t& frame, bool may_open_file);

  /// Copies the delivery that add() has just returned, with all its memory, or takes that over.
  std::unique_ptr<HeldDelivery> copy_of(const Delivery& delivery);

  /// Drops an incomplete message, because its channel is closed.
  void abandon() noexcept { kind_ = Kind::none; }
  /// From now on drops bodies that come in several frames.
  void discard_bodies() noexcept { discards_bodies_ = true; }
  [[nodiscard]] bool is_in_delivery() const noexcept { return kind_ == Kind::delivery; }
  /// Whether a message has begun and is not complete.
  [[nodiscard]] bool is_unfinished() const noexcept { return kind_ != Kind::none; }

 private:
  enum class Kind { none, delivery, returned };

  void begin(Kind kind);
  void begin_body(const amqp_frame_t& header);
  void keep_body(std::string_view fragment, bool may_open_file);
  void refuse_size() const;
  void give_up_files(std::uint64_t bytes_in_file);
  std::optional<Event> finish();

  std::string peer_;
  BodyPlace bodies_;
  bool has_given_up_files_ = false;
  Log log_;
  bool discards_bodies_ = false;
  Kind kind_ = Kind::none;
  HeldDelivery held_;
  Returned returned_;
  bool has_header_ = false;
  std::uint64_t size_ = 0;      // bytes of the body
  std::uint64_t received_ = 0;  // bytes of it so far
  UniqueFd file_;               // the temporary file of a large body
};

}  // namespace mscomm
