#pragma once

#include <amqp.h>

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

/// A delivery with the memory that it points into.
struct HeldDelivery {
  Delivery delivery;
  std::string consumer_tag, exchange, routing_key;
  Properties properties;
  std::string body;  // only when it came in several frames, or was copied
  std::shared_ptr<const BodyFile> file;

  /// Points all of `delivery` at this memory but its body, which may lie in the frame that brought
  /// it.
  const Delivery& point();
};

/// Puts messages together out of the frames that carry them: a method, a header, and as many bodies
/// as it takes, without anything between them (AMQP 0-9-1 §4.2.6).
class ContentAssembler {
 public:
  /// `peer` names the broker in messages. With `large_bodies_in_files` most bodies above kLargeBody
  /// bytes that come in several frames go to a temporary file.
  ContentAssembler(std::string peer, bool large_bodies_in_files, Log log);

  void begin(const amqp_basic_deliver_t& method);
  void begin(const amqp_basic_return_t& method);

  /// Takes a header or a body frame and returns the event that it completed: a Delivery whose views
  /// are valid until the following call, or a Returned. `may_open_file` says whether a large body
  /// that begins may go to a file. Throws Error{unreachable} for content that belongs nowhere.
  std::optional<Event> add(const amqp_frame_t& frame, bool may_open_file);

  /// A copy of the delivery that add() has just returned, which outlives what comes next.
  std::unique_ptr<HeldDelivery> copy_of(const Delivery& delivery);

  /// The channel is gone; what has begun does not go on.
  void abandon() noexcept { kind_ = Kind::none; }
  /// Bodies in several frames are not kept from now on.
  void discard_bodies() noexcept { discards_bodies_ = true; }
  [[nodiscard]] bool is_in_delivery() const noexcept { return kind_ == Kind::delivery; }

 private:
  enum class Kind { none, delivery, returned };

  void begin(Kind kind);
  void begin_body(const amqp_frame_t& header);
  void keep_body(std::string_view fragment, bool may_open_file);
  void give_up_files(std::uint64_t bytes_in_file);
  std::optional<Event> finish();

  std::string peer_;
  bool large_bodies_in_files_;
  Log log_;
  bool discards_bodies_ = false;
  Kind kind_ = Kind::none;
  HeldDelivery held_;
  Returned returned_;
  bool has_header_ = false;
  std::uint64_t size_ = 0;      // of the body, in bytes
  std::uint64_t received_ = 0;  // of it
  UniqueFd file_;               // that the body goes to
};

}  // namespace mscomm
