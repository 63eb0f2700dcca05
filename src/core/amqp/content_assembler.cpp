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

}  // namespace

const Delivery& HeldDelivery::point() {
  delivery.consumer_tag = consumer_tag;
  delivery.exchange = exchange;
  delivery.routing_key = routing_key;
  delivery.properties = &properties;
  delivery.file = file;
  return delivery;
}

ContentAssembler::ContentAssembler(std::string peer, bool large_bodies_in_files, Log log)
    : peer_(std::move(peer)), large_bodies_in_files_(large_bodies_in_files), log_(log) {}

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
  if (large_bodies_in_files_ && size_ > kLargeBody && in_file) {
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
    held_.body.reserve(std::min<std::uint64_t>(size_, kLargeBody));
  }
  held_.body += fragment;
}

// Takes the received part back from the file into memory; the broker does not send it again.
void ContentAssembler::give_up_files(std::uint64_t bytes_in_file) {
  large_bodies_in_files_ = false;
  if (file_) {
    held_.body = BodyFile(std::move(file_), 0, bytes_in_file, kTemporaryFile).read_all();
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
  auto copy = std::make_unique<HeldDelivery>(held_);
  copy->body.assign(delivery.body);
  copy->point();
  copy->delivery.body = copy->body;
  return copy;
}

}  // namespace mscomm
