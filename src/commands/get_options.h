#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "commands/options/load_options.h"
#include "commands/options/output_options.h"
#include "commands/options/request_options.h"
#include "commands/options/response_options.h"
#include "core/call/call_plan.h"

namespace mscomm {

/// The options of get and of its sisters.
struct GetOptions {
  std::string method;
  RequestOptions request;
  ResponseOptions response;
  OutputOptions output;
  LoadOptions load;
  bool include = false;
  std::optional<std::uint64_t> max_size;  ///< of a body; zero: no limit
  std::optional<unsigned> concurrency;    ///< requests at once: several URLs, or load

  /// Throws Error{usage} for contradictions that relations between options cannot express.
  void validate() const;
  /// How services are called, and what a response must be.
  [[nodiscard]] CallPlan call_plan() const;
};

}  // namespace mscomm
