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
//   000000042-order-17.json    the rest, as append_delivery_json() writes it without the body
//
// A name is a number and, after a hyphen, the message id reduced to letters, digits, hyphens and
// underscores, so that nothing from the network reaches the file system unchecked. The record is
// written last, and each file has another name (with the suffix .part) until it is complete: a body
// without its record is half a message that was not acknowledged.

/// Saves messages into a folder.
class MessageSaver {
 public:
  enum class Old { refused, kept };

  /// Creates the folder if it is missing and continues its numbers. Throws Error{io}, and
  /// Error{usage} while another process saves into it, and where it holds messages already and
  /// `old` are refused.
  MessageSaver(std::string folder, Old old);

  /// Saves one message. After it returns, both files exist; after Error{io}, neither does.
  void save(const Delivery& delivery, std::string_view queue, WallTime received_at);

 private:
  void write(const std::string& name, const Delivery& content) const;
  [[noreturn]] void fail(const std::string& name) const;

  std::string folder_;
  UniqueFd fd_;
  std::uint64_t number_ = 0;  ///< the last one used
};

/// The messages of a folder written by MessageSaver, in the order of their numbers. They are
/// `complete`.
///
/// A record without its body is an error; a body without its record and any other name are skipped.
/// All records are checked, also by `rule`, before the first message is handed out, so that nothing
/// is sent before an error: Error{usage} for a file that is not a record, or a record with a body
/// of its own, Error{io} for a file that cannot be read.
std::unique_ptr<MessageSource> folder_source(const std::string& folder, RecordRule rule = {});

}  // namespace mscomm
