#pragma once

#include "core/runtime/exit_code.h"

namespace mscomm {

struct Context;
struct GetOptions;

/// Sends a request to each URL and prints the responses. Throws Error.
Exit run_get(const GetOptions& options, const Context& context);

}  // namespace mscomm
