#pragma once

#include <poll.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/runtime/files.h"

namespace mscomm {

/// A shell command and its input.
struct ChildPlan {
  std::string command;                   ///< for `/bin/sh -c`
  std::vector<std::string> environment;  ///< the complete environment, as NAME=value
  std::string_view input;                ///< the input on descriptor 0
  std::string_view record;               ///< the input on descriptor 3
  bool collect_output = false;           ///< else the child writes to our stdout
};

/// How a child process ended.
struct ChildEnd {
  int status = 0;  ///< exit status, unless a signal ended it
  int killed_by = 0;
  bool wrote_too_much = false;

  [[nodiscard]] bool exited_with(int code) const { return killed_by == 0 && status == code; }
  /// "exit status 2", "killed by SIGKILL" or "it wrote more than 128 MiB".
  [[nodiscard]] std::string text() const;
};

/// A running shell command, in our process group, so that a terminal's Ctrl-C reaches it too.
///
/// Its inputs are memory files, so a command that does not read them neither blocks anyone nor
/// breaks a pipe. It inherits only our stdout and stderr; SIGPIPE has its default action again.
class ChildProcess {
 public:
  /// Throws Error{io} when the process cannot be started.
  explicit ChildProcess(const ChildPlan& plan);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  /// Kills a child that still runs.
  ~ChildProcess();

  /// Adds the descriptors for poll(2): call advance() when any of them is readable.
  void append_polled(std::vector<pollfd>& polled) const;

  /// Reads available output and checks for the end, without waiting. True once the command has
  /// ended.
  bool advance();

  /// How the command ended; valid only after advance() returned true.
  [[nodiscard]] const ChildEnd& end() const { return *end_; }
  /// The command's stdout, if collected. A command that writes more than 128 MiB, RabbitMQ's
  /// largest message, is killed.
  std::string& output() { return output_; }

  /// Sends a signal if the command still runs.
  void send(int signal_number) const noexcept;

 private:
  void read_output(bool ended);

  pid_t pid_ = -1;
  UniqueFd process_;  // readable once the process has ended (pidfd_open(2))
  UniqueFd stdout_;
  std::string output_;
  bool wrote_too_much_ = false;
  std::optional<ChildEnd> end_;
};

}  // namespace mscomm
