#include "core/amqp/frame_reader.h"

#include <amqp_framing.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/amqp/codec.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

// Bytes of one read: enough for a hundred small deliveries per system call.
constexpr std::size_t kInputBuffer = 128UL * 1024;
constexpr std::size_t kPoolPage = 4096;
constexpr std::size_t kMethodId = 4;
constexpr std::size_t kContentHeader = 12;  // class, weight, body size (§4.2.6.1)
// Besides numbers, a method from a broker holds at most three short strings. Only the broker's
// greeting (connection.start) has a table; all other tables are in a client's methods.
constexpr std::size_t kMethodMax = 1024;
// RabbitMQ holds only bodies to frame_max: dead-lettering adds x-death to headers that fill a frame
// (https://www.rabbitmq.com/docs/amqp-0-9-1-errata). The bound is ours, since decoded small fields
// take many times their size.
constexpr std::size_t kHeaderMax = 512UL * 1024;
// Neither a method of kMethodMax bytes nor a table of kHarmlessTable bytes can nest too deeply.
constexpr std::size_t kHarmlessTable = 1024;

// Big endian; bytes past the end read as zero.
std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = at; i < at + width; ++i) {
    value = value << 8U | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
  }
  return value;
}

// Bytes of a field value after its kind; for strings, arrays and tables only the length field.
std::size_t fixed_size(FieldKind kind) {
  switch (kind) {
    case FieldKind::null:
      return 0;
    case FieldKind::boolean:
    case FieldKind::int8:
    case FieldKind::uint8:
      return 1;
    case FieldKind::int16:
    case FieldKind::uint16:
      return 2;
    case FieldKind::int64:
    case FieldKind::uint64:
    case FieldKind::float64:
    case FieldKind::timestamp:
      return 8;
    case FieldKind::decimal:
      return 5;
    default:
      return 4;
  }
}

// Where the headers table begins in basic's properties (§4.2.6.2); past the end when there is none.
std::size_t headers_at(std::string_view properties) {
  const auto flags = number_at(properties, 0, 2);
  std::size_t at = 2;
  if ((flags & AMQP_BASIC_HEADERS_FLAG) == 0) {
    return properties.size();
  }
  for (const auto text : {AMQP_BASIC_CONTENT_TYPE_FLAG, AMQP_BASIC_CONTENT_ENCODING_FLAG}) {
    at += (flags & static_cast<unsigned>(text)) != 0 ? 1 + number_at(properties, at, 1) : 0;
  }
  return std::min(at, properties.size());
}

void check_table(std::string_view encoded, std::string_view what) {
  if (const auto why = refusal_of_table(encoded); !why.empty()) {
    throw Error(Exit::failed, fmt::format("{} {}", what, why));
  }
}

}  // namespace

// Walks the table as amqp_table.c does: an item may reach past the end of the table around it.
std::string refusal_of_table(std::string_view encoded_table) {
  if (encoded_table.size() <= kHarmlessTable) {
    return {};
  }
  struct Level {
    std::size_t end;
    bool named;
  };
  std::vector<Level> open{{4 + number_at(encoded_table, 0, 4), true}};
  std::size_t at = 4;
  std::size_t fields = 0;
  while (!open.empty()) {
    if (at >= open.back().end) {
      open.pop_back();
      continue;
    }
    if (open.back().named) {
      at += 1 + number_at(encoded_table, at, 1);
    }
    if (at >= encoded_table.size()) {
      return {};  // cut off: amqp_decode_table() refuses it here
    }
    if (open.size() > kMaxFieldDepth + 1) {
      return fmt::format("nest deeper than {} levels", kMaxFieldDepth);
    }
    if (++fields > kMostFields) {
      return fmt::format("have more than {} values", kMostFields);
    }
    const auto kind = static_cast<FieldKind>(encoded_table[at++]);
    const auto length = number_at(encoded_table, at, 4);
    at += fixed_size(kind);
    if (kind == FieldKind::array || kind == FieldKind::table) {
      open.push_back({at + length, kind == FieldKind::table});
    } else if (kind == FieldKind::longstr || kind == FieldKind::bytes) {
      at += length;
    }
  }
  return {};
}

FrameReader::FrameReader(std::string peer)
    : peer_(std::move(peer)),
      frame_max_(kInputBuffer),
      size_(kInputBuffer),
      buffer_(std::make_unique_for_overwrite<char[]>(size_)) {
  init_amqp_pool(&pool_, kPoolPage);
}

FrameReader::~FrameReader() { empty_amqp_pool(&pool_); }

std::span<char> FrameReader::room() {
  end_ -= begin_;
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_);
    begin_ = 0;
  }
  if (end_ == size_) {
    // Never far beyond frame_max_, since next() refuses larger frames.
    size_ *= 2;
    auto larger = std::make_unique_for_overwrite<char[]>(size_);
    std::memcpy(larger.get(), buffer_.get(), end_);
    buffer_ = std::move(larger);
  }
  return {buffer_.get() + end_, size_ - end_};
}

bool FrameReader::next(amqp_frame_t& frame) {
  const std::string_view unread(buffer_.get() + begin_, end_ - begin_);
  if (unread.size() < kFrameHeader) {
    return false;
  }
  if (unread.starts_with("AMQP")) {
    // A broker that speaks another version answers with its protocol header (§4.2.2).
    throw Error(Exit::unreachable, fmt::format("{} speaks another version of AMQP", peer_),
                "mscomm speaks AMQP 0-9-1, which RabbitMQ does on its port 5672");
  }
  const std::size_t size = number_at(unread, 3, 4);
  const bool is_header = unread[0] == AMQP_FRAME_HEADER;
  if (is_header && size > std::max(frame_max_, kHeaderMax)) {
    throw Error(
        Exit::failed,
        fmt::format("a message's properties are {} bytes, where {} are read", size,
                    std::max(frame_max_, kHeaderMax)),
        "its headers are too large to be read here; purging or expiry takes it out of the queue");
  }
  if (!is_header && size + kFrameOverhead > frame_max_) {
    refuse(fmt::format("a frame of {} bytes, where {} are allowed", size, frame_max_));
  }
  if (unread.size() < size + kFrameOverhead) {
    return false;
  }
  if (static_cast<unsigned char>(unread[kFrameHeader + size]) != AMQP_FRAME_END) {
    refuse("a frame without its end");
  }
  recycle_amqp_pool(&pool_);
  const auto payload = unread.substr(kFrameHeader, size);
  frame = {};
  frame.frame_type = static_cast<std::uint8_t>(unread[0]);
  frame.channel = static_cast<amqp_channel_t>(number_at(unread, 1, 2));
  switch (frame.frame_type) {
    case AMQP_FRAME_METHOD:
      decode_method(frame, payload);
      break;
    case AMQP_FRAME_HEADER:
      decode_header(frame, payload);
      break;
    case AMQP_FRAME_BODY:
      frame.payload.body_fragment = bytes_of(payload);
      break;
    case AMQP_FRAME_HEARTBEAT:
      break;
    default:
      refuse(fmt::format("a frame of the unknown type {}", frame.frame_type));
  }
  begin_ += size + kFrameOverhead;
  return true;
}

void FrameReader::decode_method(amqp_frame_t& frame, std::string_view payload) {
  auto& method = frame.payload.method;
  method.id = static_cast<amqp_method_number_t>(number_at(payload, 0, kMethodId));
  payload.remove_prefix(std::min(kMethodId, payload.size()));
  if (method.id == AMQP_CONNECTION_START_METHOD) {
    constexpr std::size_t kVersion = 2;
    check_table(payload.substr(std::min(kVersion, payload.size())), "the broker's properties");
  } else if (payload.size() > kMethodMax) {
    refuse(fmt::format("a method of {} bytes", payload.size()));
  }
  const int status = amqp_decode_method(method.id, &pool_, bytes_of(payload), &method.decoded);
  if (status < 0) {
    refuse(amqp_error_string2(status));
  }
}

void FrameReader::decode_header(amqp_frame_t& frame, std::string_view payload) {
  auto& header = frame.payload.properties;
  header.class_id = static_cast<std::uint16_t>(number_at(payload, 0, 2));
  header.body_size = number_at(payload, 4, 8);
  if (header.class_id != AMQP_BASIC_CLASS || payload.size() < kContentHeader) {
    refuse("a content header that is none");
  }
  payload.remove_prefix(kContentHeader);
  // Bit 0 announces more flags, and basic has no property for them.
  if ((number_at(payload, 0, 2) & 1U) != 0) {
    refuse("properties that are not known");
  }
  check_table(payload.substr(headers_at(payload)), "a message's headers");
  header.raw = bytes_of(payload);
  const int status =
      amqp_decode_properties(header.class_id, &pool_, bytes_of(payload), &header.decoded);
  if (status < 0) {
    refuse(amqp_error_string2(status));
  }
}

void FrameReader::refuse(std::string_view why) const {
  throw Error(Exit::unreachable, fmt::format("{} does not speak AMQP 0-9-1: {}", peer_, why),
              "is this the broker's AMQP port? Its TLS port needs amqps://");
}

}  // namespace mscomm
