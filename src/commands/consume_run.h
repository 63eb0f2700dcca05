#pragma once

#include "commands/consume_source.h"
#include "commands/options/consume_options.h"

namespace mscomm {

/// Connects, consumes as the settled options say, reports on stderr and returns the exit code. For
/// `consume` and `fanout --listen`.
Exit run_consume(const ConsumeSource& source, ConsumeOptions& options, const Context& context);

}  // namespace mscomm
