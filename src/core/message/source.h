#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/message/body_file.h"
#include "core/message/message.h"
#include "core/message/record_rule.h"

namespace mscomm {

/// A message on its way out. `body` is valid until the source's next call. What a record does not
/// say (absent) the command's options fill in; `complete` records are sent exactly as they are.
struct Outgoing {
  std::optional<std::string> exchange;
  std::optional<std::string> routing_key;
  Properties properties;
  std::string_view body;
  std::shared_ptr<const BodyFile> file;  ///< holds the body instead, when it is large
  /// The input's end, not a delimiter, ended it: the writer may have died in the middle.
  bool unterminated = false;
  bool complete = false;  ///< came from a record: no message id, no delivery mode is added
};

/// Where the messages of one publish come from. Never blocks: the caller polls `fd()`.
class MessageSource {
 public:
  enum class State {
    message,  ///< `out` is filled in
    wait,     ///< nothing yet: poll fd() for POLLIN, then call again
    end,      ///< no more messages
  };
  virtual ~MessageSource() = default;
  /// The next message. Throws Error{io} for input that cannot be read, Error{usage} for a line
  /// that is not a record (with its number).
  virtual State next(Outgoing& out) = 0;
  /// What to poll when next() said wait; -1 when it never does.
  [[nodiscard]] virtual int fd() const { return -1; }
  /// How much of the input has been used, from 0 to 1; nothing when nobody can know.
  [[nodiscard]] virtual std::optional<double> progress() const { return std::nullopt; }
};

/// One message: the command line's body.
std::unique_ptr<MessageSource> body_source(std::string body);

/// A body above this size stays in its file, or goes to a temporary one: on its way out until it is
/// sent, on its way in until it is written, where it is written as it is.
inline constexpr std::size_t kLargeBody = std::size_t{1} << 20U;

/// One message: everything up to the end of `fd`.
std::unique_ptr<MessageSource> whole_source(int fd, std::string name);

/// A message for each piece of `fd` that `delimiter` ends; the last may lack it. Empty pieces are
/// empty messages. The delimiter is not part of the body.
std::unique_ptr<MessageSource> delimited_source(int fd, std::string name, std::string delimiter);

/// A message for each line of `fd`, which is a record as parse_message_record() reads it. Blank
/// lines are skipped.
std::unique_ptr<MessageSource> record_source(int fd, std::string name, RecordRule rule = {});

/// Each file is one message.
std::unique_ptr<MessageSource> file_source(std::vector<std::string> paths);

}  // namespace mscomm
