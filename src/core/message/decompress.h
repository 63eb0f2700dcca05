#pragma once

#include <string>

#include "core/message/message.h"

namespace mscomm {

/// Undoes what the property content_encoding says of the bodies of messages.
///
/// The property may be a list, as Spring AMQP writes it ("gzip, UTF-8"). gzip, x-gzip and deflate
/// are undone and taken out of the property, so that a record tells what its body is now. identity
/// and the names of character sets, which other senders put there, say nothing about compression.
class Decompressor {
 public:
  /// The message as it was before it was compressed, valid until the next call; `delivery` itself
  /// where it was not. Throws as decompress(), and Error{failed} for an encoding that is none of
  /// the above.
  const Delivery& decoded(const Delivery& delivery);

 private:
  Delivery decoded_;
  Properties properties_;
  std::string body_;
};

}  // namespace mscomm
