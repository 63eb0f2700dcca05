#pragma once

#include "core/runtime/exit_code.h"

namespace mscomm {

struct Context;
struct GetOptions;

/// Runs the load and prints its summary. Throws Error; throws Interrupted after printing.
Exit run_load(const GetOptions& options, const Context& context);

}  // namespace mscomm
