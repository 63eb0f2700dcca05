#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/message/message.h"
#include "core/runtime/clock.h"
#include "core/runtime/error.h"

namespace mscomm {

/// What to do with each message of a source.
struct PublishPlan {
  std::optional<std::string> exchange;     ///< wins over what a record says
  std::optional<std::string> routing_key;  ///< wins over what a record says
  Properties properties;   ///< wins over what a record says; headers are merged by name
  bool persistent = true;  ///< for messages that do not say
  bool mandatory = true;   ///< unroutable messages come back
  bool returned_is_failure = true;
  bool confirms = true;
  std::size_t window = 2000;                            ///< unconfirmed messages at once
  Duration confirm_timeout = std::chrono::seconds(30);  ///< without any confirm while some are due
  std::optional<double> rate;                           ///< messages per second
  std::optional<std::uint64_t> total;                   ///< how many there will be, if known

  bool operator==(const PublishPlan&) const = default;
};

/// How the messages of one run ended. Each one that was sent is confirmed, returned, refused or in
/// doubt; without confirms it is only sent.
struct PublishReport {
  std::uint64_t sent = 0;
  std::uint64_t confirmed = 0;
  std::uint64_t returned = 0;
  std::uint64_t refused = 0;
  std::uint64_t in_doubt = 0;
  std::uint64_t resent = 0;    ///< sent again on another connection; each may be there twice
  std::optional<Error> error;  ///< what ended the run early
  bool interrupted = false;    ///< a stop signal ended the run early

  /// The process's exit code: the items' by exit_code()'s table, and the error's.
  [[nodiscard]] Exit exit(const PublishPlan& plan) const;
};

}  // namespace mscomm
