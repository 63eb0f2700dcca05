#pragma once

#include <string>

#include "commands/output_options.h"
#include "commands/request_options.h"
#include "commands/response_options.h"
#include "core/runtime/exit_code.h"

namespace mscomm {

struct Context;

/// The options of get and of its sisters.
struct GetOptions {
  std::string method;
  RequestOptions request;
  ResponseOptions response;
  OutputOptions output;
  bool include = false;
  unsigned concurrency = 1;  ///< of several URLs
};

/// Asks and prints. Throws Error.
Exit run_get(const GetOptions& options, const Context& context);

}  // namespace mscomm
