#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/consume/exec_handler.h"

namespace mscomm {

class CommandLine;
class Expression;

/// Which messages are taken, and the command that handles them.
struct HandleOptions {
  std::optional<std::string> filter;
  std::shared_ptr<Expression> filter_expression;  ///< of --filter, once settled
  Fate unmatched = Fate::hold;                    ///< for messages that the filter leaves out
  std::optional<std::string> command;             ///< of --exec
  std::uint16_t concurrency = 1;
  OnFail on_fail = OnFail::requeue;
  bool reply = false;  ///< the command's output is the reply to its message

  /// Compiles the filter. Throws Error{usage} for one that is no jq, and for an empty command.
  void settle();
};

/// Adds --filter, --unmatched, --exec and the options that depend on them.
void bind_handle_options(CommandLine& line, HandleOptions& options);

}  // namespace mscomm
