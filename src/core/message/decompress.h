#pragma once

#include <string>

#include "core/message/message.h"

namespace mscomm {

/// Decompresses bodies by the property content_encoding.
///
/// The property may be a list, as Spring AMQP writes it ("gzip, UTF-8"). gzip, x-gzip and deflate
/// are undone and removed from the property, so that a record describes the body it has. identity,
/// and the names of character sets that other senders put there, do not concern compression.
class Decompressor {
 public:
  /// The message with its body decompressed, valid until the next call; `delivery` itself if the
  /// body was not compressed. Throws as decompress(), and Error{failed} for any other encoding.
  const Delivery& decoded(const Delivery& delivery);

 private:
  Delivery decoded_;
  Properties properties_;
  std::string body_;
};

}  // namespace mscomm
