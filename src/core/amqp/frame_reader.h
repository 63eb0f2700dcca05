#pragma once

#include <amqp.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace mscomm {

/// Splits the bytes from a broker into frames (AMQP 0-9-1 §4.2.3) and has rabbitmq-c decode them.
///
/// The peer is not trusted. rabbitmq-c 0.11 never sees input that it would not survive: tables
/// nested deeper than its stack (alanxz/rabbitmq-c 903b6b5), properties of another class than
/// basic, and any input after a broken frame (alanxz/rabbitmq-c#837; its own frame reader is not
/// used).
class FrameReader {
 public:
  /// `peer` names the broker in messages.
  explicit FrameReader(std::string peer);
  ~FrameReader();
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;

  /// Sets the negotiated limit, in bytes. Larger frames are refused, but for headers of up to
  /// 512 KiB.
  void set_frame_max(std::size_t frame_max) noexcept { frame_max_ = frame_max; }

  /// Room for the next bytes; never empty. Invalidates the views of earlier frames.
  std::span<char> room();
  /// Notes that `count` bytes were put into room().
  void add(std::size_t count) noexcept { end_ += count; }

  /// Decodes the next frame; false when it is not complete yet. Its views are valid until the
  /// following call of next() or room(). Throws Error{unreachable} for input that is not AMQP
  /// 0-9-1, Error{failed} for headers too large or refused by refusal_of_table(); so do all
  /// later calls.
  bool next(amqp_frame_t& frame);

 private:
  void decode_method(amqp_frame_t& frame, std::string_view payload);
  void decode_header(amqp_frame_t& frame, std::string_view payload);
  [[noreturn]] void refuse(std::string_view why) const;

  std::string peer_;
  std::size_t frame_max_;
  std::size_t size_;
  std::unique_ptr<char[]> buffer_;  // size_ bytes, unread from begin_ to end_
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  amqp_pool_t pool_{};  // memory of the last decoded frame
};

/// The most values in a field table, those of nested tables and arrays too. A frame of 128 KiB
/// holds no more, and each takes a hundred times its size in memory.
inline constexpr std::size_t kMostFields = 128UL * 1024;

/// Why an encoded field table must not be read: "nest deeper than 64 levels" (kMaxFieldDepth;
/// amqp_decode_table() recurses into all of them), or "have more than 131072 values"; empty when it
/// may.
std::string refusal_of_table(std::string_view encoded_table);

}  // namespace mscomm
