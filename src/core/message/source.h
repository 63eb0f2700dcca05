#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/message/body_file.h"
#include "core/message/message.h"
#include "core/message/record_rule.h"
#include "core/runtime/clock.h"

namespace mscomm {

/// A message to publish. `body` is valid until the source's next call. The command's options fill
/// in members that a record leaves absent; a `complete` record is sent exactly as it is.
struct Outgoing {
  std::optional<std::string> exchange;
  std::optional<std::string> routing_key;
  Properties properties;
  std::string_view body;
  std::shared_ptr<const BodyFile> file;  ///< holds the body instead, when it is large
  /// Ended by the input's end, not a delimiter: the writer may have died in the middle.
  bool unterminated = false;
  bool complete = false;  ///< from a record: no message id or delivery mode is added
  /// The input's bytes that it was made from, where these are not just the body; without what is in
  /// the file. Valid as long as `body` is.
  std::string_view origin;
  bool again = false;  ///< the message before once more
  std::uint64_t number =
      0;  ///< its place in the input, from 1, where messages are left out; else 0
};

/// The messages of one publish. Never blocks: the caller polls `fd()`.
class MessageSource {
 public:
  enum class State {
    message,  ///< `out` is set
    wait,     ///< nothing yet: poll fd() for POLLIN, then call again
    end,      ///< no more messages
  };
  virtual ~MessageSource() = default;
  /// The next message. Throws Error{io} for input that cannot be read, Error{usage} with the line
  /// number for a line that is not a record and for a message that is too large, Error{timeout} for
  /// a file that gives nothing for kInputSilence.
  virtual State next(Outgoing& out) = 0;
  /// As next(), for a message that is not sent: only what it is made from need be set (`origin`,
  /// `body`, `file`), so that a record is not parsed.
  virtual State pass(Outgoing& out) { return next(out); }
  /// The descriptor to poll after State::wait; -1 when next() never waits.
  [[nodiscard]] virtual int fd() const { return -1; }
  /// When waiting for fd() is over: next() then says so. By default the input may be silent.
  [[nodiscard]] virtual Deadline until() const { return {}; }
  /// The used part of the input, from 0 to 1; nothing when it cannot be known.
  [[nodiscard]] virtual std::optional<double> progress() const { return std::nullopt; }
};

/// One message: the command line's body.
std::unique_ptr<MessageSource> body_source(std::string body);

/// A body above this size stays in its file, or goes to a temporary one: until it is sent, or, for
/// a received body that is written unchanged, until it is written.
inline constexpr std::size_t kLargeBody = std::size_t{1} << 20U;

/// One message: everything up to the end of `fd`.
std::unique_ptr<MessageSource> whole_source(int fd, std::string name);

/// A message for each piece of `fd` that `delimiter` ends; the last may lack it. Empty pieces are
/// empty messages. The delimiter is not part of the body. Throws Error{usage} when it is empty.
std::unique_ptr<MessageSource> delimited_source(int fd, std::string name, std::string delimiter);

/// A message for each line of `fd`, a record for parse_message_record(). Blank lines are skipped.
std::unique_ptr<MessageSource> record_source(int fd, std::string name, RecordRule rule = {});

/// Each file is one message.
std::unique_ptr<MessageSource> file_source(std::vector<std::string> paths);

}  // namespace mscomm
