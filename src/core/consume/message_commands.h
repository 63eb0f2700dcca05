#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/message/delivery_record.h"
#include "core/runtime/child_process.h"
#include "core/runtime/clock.h"

namespace mscomm {

struct Environment;

/// Prefix of the environment variables of a message's command; no option's variable begins so.
inline constexpr std::string_view kMessageVariable = "MSCOMM_MESSAGE_";

/// How the command of one message ended.
struct CommandResult {
  std::uint64_t delivery_tag = 0;
  std::string message;  ///< for people: "message 7" or "message 7 ('its message id')"
  std::optional<std::string> reply_to;
  std::optional<std::string> correlation_id;
  ChildEnd end;
  std::string output;  ///< if it was to be collected
};

/// Runs one command of the shell for each of many messages, several at once.
///
/// The command gets the message's body on descriptor 0, the record of append_delivery_json() and a
/// line end on descriptor 3, and the fields of delivery_fields() as MSCOMM_MESSAGE_ROUTING_KEY and
/// so on. Left out are the body, the headers, and values with a NUL byte, which no environment can
/// hold.
class MessageCommands {
 public:
  struct Plan {
    std::string command;
    std::size_t concurrency = 1;
    bool collect_output = false;  ///< otherwise it goes straight to stdout
  };

  MessageCommands(Plan plan, const Environment& environment);

  /// Takes a message; start_waiting() starts its command.
  void add(const DeliveryRecord& record);

  [[nodiscard]] bool busy() const noexcept { return !running_.empty() || !waiting_.empty(); }

  /// Adds what poll(2) must watch for take_finished().
  void append_polled(std::vector<pollfd>& polled) const;

  /// The results of commands that have ended, each once.
  std::vector<CommandResult> take_finished();

  /// Starts waiting commands up to `concurrency`. Throws Error{io} when no process can be started.
  void start_waiting();

  /// Drops messages whose command has not been started.
  void drop_waiting() { waiting_.clear(); }
  /// Drops all: running commands may finish, but their results are not reported.
  void disown();
  /// Sends a signal to all running commands.
  void send(int signal_number) const noexcept;

 private:
  struct Job {
    CommandResult result;
    std::vector<std::string> environment;
    std::string body;
    std::string record;
  };
  struct Running {
    CommandResult result;
    ChildProcess child;
    bool disowned = false;
  };

  Plan plan_;
  std::vector<std::string> environment_;
  std::vector<Running> running_;
  std::deque<Job> waiting_;
};

}  // namespace mscomm
