#include "core/amqp/content_assembler.h"

#include <amqp_framing.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/amqp/codec.h"
#include "core/message/source.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

constexpr const char* kTemporaryFile = "a temporary file";

std::size_t memory_of(const FieldTable& table);

std::size_t memory_of(const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) {
    return text->capacity();
  }
  if (const auto* table = std::get_if<FieldTable>(&value.data)) {
    return memory_of(*table);
  }
  std::size_t bytes = 0;
  if (const auto* array = std::get_if<FieldArray>(&value.data)) {
    for (const auto& each : *array) {
      bytes += sizeof(each) + memory_of(each);
    }
  }
  return bytes;
}

std::size_t memory_of(const FieldTable& table) {
  std::size_t bytes = 0;
  for (const auto& entry : table) {
    bytes += sizeof(entry) + entry.first.capacity() + memory_of(entry.second);
  }
  return bytes;
}

}  // namespace

std::size_t memory_of(const Properties& properties) {
  constexpr std::size_t kTexts = 10UL * 32;  // short strings, on the average
  return kTexts + (properties.headers ? memory_of(*properties.headers) : 0);
}

std::size_t HeldDelivery::memory() const {
  return sizeof(*this) + body.capacity() + memory_of(properties);
}

const Delivery& HeldDelivery::point() {
  delivery.consumer_tag = consumer_tag;
  delivery.exchange = exchange;
  delivery.routing_key = routing_key;
  delivery.properties = &properties;
  delivery.file = file;
  return delivery;
}

ContentAssembler::ContentAssembler(std::string peer, BodyPlace bodies, Log log)
    : peer_(std::move(peer)), bodies_(bodies), log_(log) {}

void ContentAssembler::begin(Kind kind) {
  kind_ = kind;
  has_header_ = false;
  held_.file.reset();
  file_.reset();
}

void ContentAssembler::begin(const amqp_basic_deliver_t& method) {
  begin(Kind::delivery);
  held_.consumer_tag.assign(view_of(method.consumer_tag));
  held_.exchange.assign(view_of(method.exchange));
  held_.routing_key.assign(view_of(method.routing_key));
  held_.delivery.delivery_tag = method.delivery_tag;
  held_.delivery.redelivered = method.redelivered != 0;
}

void ContentAssembler::begin(const amqp_basic_return_t& method) {
  begin(Kind::returned);
  returned_.code = method.reply_code;
  returned_.text.assign(view_of(method.reply_text));
  returned_.route = {std::string(view_of(method.exchange)),
                     std::string(view_of(method.routing_key))};
}

std::optional<Event> ContentAssembler::add(const amqp_frame_t& frame, bool may_open_file) {
  const bool is_header = frame.frame_type == AMQP_FRAME_HEADER;
  if (kind_ == Kind::none || has_header_ == is_header) {
    throw Error(Exit::unreachable,
                fmt::format("{} sent content that belongs to no message", peer_));
  }
  if (is_header) {
    begin_body(frame);
    return size_ == 0 ? finish() : std::nullopt;
  }
  const auto fragment = view_of(frame.payload.body_fragment);
  if (fragment.empty()) {  // any number of them would be no message
    throw Error(Exit::unreachable, fmt::format("{} sent an empty piece of a message", peer_));
  }
  received_ += fragment.size();
  if (received_ > size_) {
    throw Error(Exit::unreachable, fmt::format("{} sent more of a message than it has", peer_));
  }
  if (kind_ == Kind::returned) {
    returned_.body.add(fragment);
  }
  if (fragment.size() == size_) {
    held_.delivery.body = fragment;
    return finish();
  }
  if (kind_ == Kind::delivery) {
    keep_body(fragment, may_open_file);
  }
  if (received_ < size_) {
    return std::nullopt;
  }
  held_.delivery.body = held_.body;
  return finish();
}

void ContentAssembler::begin_body(const amqp_frame_t& header) {
  has_header_ = true;
  size_ = header.payload.properties.body_size;
  if (size_ > kLargestBody) {
    throw Error(
        Exit::unreachable,
        fmt::format("{} announced a message of {} bytes, where no broker takes more than {}", peer_,
                    size_, kLargestBody));
  }
  received_ = 0;
  returned_.body = {};
  held_.body.clear();
  held_.delivery.body = {};
  assign_properties(held_.properties, *static_cast<const amqp_basic_properties_t*>(
                                          header.payload.properties.decoded));
}

void ContentAssembler::keep_body(std::string_view fragment, bool may_open_file) {
  if (discards_bodies_) {
    return;
  }
  const bool begun = file_ || !held_.body.empty();
  const bool in_file = begun ? bool(file_) : may_open_file;
  if (bodies_.large_in_files && size_ > kLargeBody && in_file) {
    try {
      if (!file_) {
        file_ = make_temporary_file();
      }
      write_all(file_.get(), fragment, kTemporaryFile);
      return;
    } catch (const Error& error) {
      log_.warning("{}; large bodies are held in memory instead", error.what());
      give_up_files(received_ - fragment.size());
    }
  }
  if (held_.body.empty()) {
    refuse_size();
    held_.body.reserve(size_);
  }
  held_.body += fragment;
}

void ContentAssembler::refuse_size() const {
  if (size_ <= bodies_.most_in_memory) {
    return;
  }
  const auto what =
      fmt::format("a message of {} bytes is too large for the memory, where {} are held", size_,
                  bodies_.most_in_memory);
  if (has_given_up_files_) {
    throw Error(Exit::io, what, "TMPDIR names the folder for temporary files");
  }
  if (bodies_.large_in_files) {  // and others on their way have taken all of them
    throw Error(Exit::unreachable, what, "a smaller --prefetch lets less be on its way");
  }
  throw Error(Exit::failed, what, std::string(bodies_.hint));
}

// Takes the received part back from the file into memory; the broker does not send it again.
void ContentAssembler::give_up_files(std::uint64_t bytes_in_file) {
  bodies_.large_in_files = false;
  has_given_up_files_ = true;
  if (file_) {
    refuse_size();
    held_.body = BodyFile(std::move(file_), 0, bytes_in_file, kTemporaryFile).read_all();
    held_.body.reserve(size_);
  }
}

std::optional<Event> ContentAssembler::finish() {
  if (std::exchange(kind_, Kind::none) == Kind::delivery) {
    if (file_) {
      held_.file = std::make_shared<const BodyFile>(std::move(file_), 0, size_, kTemporaryFile);
    }
    return held_.point();
  }
  returned_.message_id = held_.properties.message_id;
  returned_.properties = held_.properties;
  returned_.body_bytes = size_;
  return returned_;
}

std::unique_ptr<HeldDelivery> ContentAssembler::copy_of(const Delivery& delivery) {
  const bool is_own = delivery.body.data() == held_.body.data();
  std::string body = is_own ? std::exchange(held_.body, {}) : std::string(delivery.body);
  auto copy = std::make_unique<HeldDelivery>(held_);
  copy->body = std::move(body);
  copy->point();
  copy->delivery.body = copy->body;
  return copy;
}

}  // namespace mscomm
