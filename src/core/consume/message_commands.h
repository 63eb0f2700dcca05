#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/consume/message_job.h"
#include "core/runtime/child_process.h"

namespace mscomm {

struct Environment;

/// Prefix of the environment variables of a message's command; no option's variable begins so.
inline constexpr std::string_view kMessageVariable = "MSCOMM_MESSAGE_";

/// How the command of one message ended.
struct CommandResult {
  MessageJob job;
  ChildEnd end;
  std::string output;  ///< if it was to be collected
};

/// Runs one command of the shell for each of many messages, several at once.
///
/// The command gets the message's body on descriptor 0, the record of append_delivery_json() and a
/// line end on descriptor 3, and the fields of delivery_fields() as MSCOMM_MESSAGE_ROUTING_KEY and
/// so on. Left out are the body, the headers, and values with a NUL byte, which no environment can
/// hold. MSCOMM_MESSAGE_ATTEMPT is the number of the attempt, from 1.
class MessageCommands {
 public:
  struct Plan {
    std::string command;
    std::size_t concurrency = 1;
    bool collect_output = false;  ///< otherwise it goes straight to stdout
  };

  MessageCommands(Plan plan, const Environment& environment);

  /// Takes a message; start_waiting() starts its command.
  void add(MessageJob job) {
    waiting_bytes_ += job.body.size();
    waiting_.push_back(std::move(job));
  }
  /// The size of the bodies whose command has not been started.
  [[nodiscard]] std::size_t waiting_bytes() const noexcept { return waiting_bytes_; }

  [[nodiscard]] bool busy() const noexcept { return !running_.empty() || !waiting_.empty(); }

  /// Adds what poll(2) must watch for take_finished().
  void append_polled(std::vector<pollfd>& polled) const;

  /// The results of commands that have ended, each once.
  std::vector<CommandResult> take_finished();

  /// Starts waiting commands up to `concurrency`. Throws Error{io} when no process can be started.
  void start_waiting();
  /// How many were started for another attempt at a message.
  [[nodiscard]] std::uint64_t started_again() const noexcept { return started_again_; }
  /// The delivery tags of the messages whose command runs, without disowned ones.
  [[nodiscard]] std::vector<std::uint64_t> running() const;

  /// Returns the messages whose command has not been started, and drops them.
  std::deque<MessageJob> drop_waiting() {
    waiting_bytes_ = 0;
    return std::exchange(waiting_, {});
  }
  /// Drops all: running commands may finish, but their results are not reported.
  void disown();
  /// Sends a signal to all running commands.
  void send(int signal_number) const noexcept;

 private:
  struct Running {
    MessageJob job;
    ChildProcess child;
    bool disowned = false;
  };

  [[nodiscard]] ChildProcess start(const MessageJob& job) const;

  Plan plan_;
  std::vector<std::string> environment_;
  std::vector<Running> running_;
  std::deque<MessageJob> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t started_again_ = 0;
};

}  // namespace mscomm
