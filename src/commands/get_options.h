#pragma once

#include <optional>
#include <string>

#include "commands/options/load_options.h"
#include "commands/options/output_options.h"
#include "commands/options/request_options.h"
#include "commands/options/response_options.h"

namespace mscomm {

/// The options of get and of its sisters.
struct GetOptions {
  std::string method;
  RequestOptions request;
  ResponseOptions response;
  OutputOptions output;
  LoadOptions load;
  bool include = false;
  std::optional<unsigned> concurrency;  ///< of several URLs, or under load

  /// Throws Error{usage} for contradictions.
  void validate() const;
};

}  // namespace mscomm
