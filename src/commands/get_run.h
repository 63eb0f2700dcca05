#pragma once

#include "core/runtime/exit_code.h"

namespace mscomm {

struct Context;
struct GetOptions;

/// Asks for each URL and prints what comes. Throws Error.
Exit run_get(const GetOptions& options, const Context& context);

}  // namespace mscomm
