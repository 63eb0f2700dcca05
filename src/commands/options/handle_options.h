#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/consume/exec_handler.h"
#include "core/expression/expression.h"

namespace mscomm {

class CommandLine;

/// Which messages are taken, and the command that handles them.
struct HandleOptions {
  std::optional<std::string> filter;
  std::shared_ptr<Expression> filter_expression;  ///< of --filter, once settled
  std::optional<std::uint64_t> max_size;          ///< of a body that is held; 0: no limit
  Fate unmatched = Fate::hold;                    ///< for messages that the filter leaves out
  std::optional<std::string> command;             ///< of --exec
  std::uint16_t concurrency = 1;
  RetryRoom::Plan retry;
  OnFail on_fail = OnFail::requeue;
  std::optional<std::string> park;  ///< the queue for messages whose command failed
  Duration drain = kUsualDrain;
  bool reply = false;  ///< the command's output is the reply to its message

  /// Compiles the filter, and applies what options imply. Throws Error{usage} for one that is no
  /// jq, for an empty command, and for parking without a queue.
  void settle();

  /// What jq may take for a message.
  [[nodiscard]] ExpressionLimit jq_limit() const;
};

/// Adds --filter, --unmatched, --exec and the options that depend on them.
void bind_handle_options(CommandLine& line, HandleOptions& options);

}  // namespace mscomm
