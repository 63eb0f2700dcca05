#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/message/message.h"
#include "core/message/source.h"
#include "core/runtime/clock.h"
#include "core/runtime/files.h"

namespace mscomm {

// A folder of messages has two files for each, whose names differ in the suffix only:
//
//   000000042-order-17.body    the body, byte for byte
//   000000042-order-17.json    the rest, as append_envelope_json() writes it
//
// A name is a number and, after a hyphen, what letters, digits, hyphens and underscores say of the
// message id; nothing in it comes from the network unchecked. The record appears last, and each
// file under another name (with the suffix .part) until it is whole: a body without its record is
// half a message that was not acknowledged.

/// Writes messages into a folder.
class MessageSaver {
 public:
  /// Makes the folder if it is missing and continues the numbers of what is in it. Throws
  /// Error{io}, and Error{usage} while another process saves into it.
  explicit MessageSaver(std::string folder);

  /// Writes one message. When it returns, both files are there; when it throws Error{io}, neither.
  void save(const Delivery& delivery, std::string_view queue, WallTime received_at);

 private:
  void write(const std::string& name, const Delivery& content) const;
  void rename(const std::string& from, const std::string& to) const;
  [[noreturn]] void fail(const std::string& name) const;

  std::string folder_;
  UniqueFd fd_;
  std::uint64_t number_ = 0;  ///< the last that is taken
};

/// The messages of a folder that MessageSaver wrote, in the order of their numbers. They are
/// `complete`.
///
/// A record without its body is an error, a body without its record and every other name is passed
/// over. All records are looked at before the first message is handed out, so that an error comes
/// before anything is sent: Error{usage} for what is not a record, or one that has a body of its
/// own, Error{io} for what cannot be read.
/// The same goes for what `rule` asks of them.
std::unique_ptr<MessageSource> folder_source(const std::string& folder, RecordRule rule = {});

}  // namespace mscomm
