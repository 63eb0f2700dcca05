#pragma once

#include <poll.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/runtime/files.h"

namespace mscomm {

/// A command of the shell and what it is given.
struct ChildPlan {
  std::string command;                   ///< for `/bin/sh -c`
  std::vector<std::string> environment;  ///< all of it, each NAME=value
  std::string_view input;                ///< what descriptor 0 reads
  std::string_view record;               ///< what descriptor 3 reads
  bool collect_output = false;           ///< or else stdout is ours
};

/// How a child process ended.
struct ChildEnd {
  int status = 0;  ///< its exit status, when no signal ended it
  int killed_by = 0;
  bool wrote_too_much = false;

  [[nodiscard]] bool exited_with(int code) const { return killed_by == 0 && status == code; }
  /// "exit status 2", "killed by SIGKILL" or "it wrote more than 128 MiB".
  [[nodiscard]] std::string text() const;
};

/// A running command of the shell, in our process group, so that a terminal's Ctrl-C is for it too.
///
/// What it reads lies in memory files: a command that reads none of it blocks nobody and breaks no
/// pipe. Of our descriptors it inherits stdout and stderr; SIGPIPE has its default action again.
class ChildProcess {
 public:
  /// Throws Error{io} when the system starts no process.
  explicit ChildProcess(const ChildPlan& plan);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  /// A child that still runs is killed.
  ~ChildProcess();

  /// Adds what poll(2) must watch: advance() has something to do when any of it is readable.
  void append_polled(std::vector<pollfd>& polled) const;

  /// Reads the output that there is and notices the end, without waiting. True once it has ended.
  bool advance();

  /// How it ended; only after advance() returned true.
  [[nodiscard]] const ChildEnd& end() const { return *end_; }
  /// What it wrote to stdout, when that was to be collected. One that writes more than 128 MiB,
  /// which is as much as RabbitMQ takes as a message, is killed.
  std::string& output() { return output_; }

  /// Sends a signal, if it still runs.
  void send(int signal_number) const noexcept;

 private:
  void read_output(bool ended);

  pid_t pid_ = -1;
  UniqueFd process_;  // readable when the process has ended (pidfd_open(2))
  UniqueFd stdout_;
  std::string output_;
  bool wrote_too_much_ = false;
  std::optional<ChildEnd> end_;
};

}  // namespace mscomm
