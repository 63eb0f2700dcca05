#pragma once

#include "core/runtime/exit_code.h"

namespace mscomm {

struct Context;
struct GetOptions;

/// Sends load and prints what it saw. Throws Error, and Interrupted after it has printed.
Exit run_load(const GetOptions& options, const Context& context);

}  // namespace mscomm
