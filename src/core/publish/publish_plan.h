#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/message/message.h"
#include "core/runtime/clock.h"
#include "core/runtime/error.h"

namespace mscomm {

/// How to publish the messages of a source.
struct PublishPlan {
  std::optional<std::string> exchange;     ///< overrides the record's
  std::optional<std::string> routing_key;  ///< overrides the record's
  Properties properties;                   ///< override a record's; headers are merged by name
  bool persistent = true;                  ///< unless the message sets delivery_mode
  bool mandatory = true;                   ///< unroutable messages come back
  bool returned_is_failure = true;
  bool confirms = true;
  std::size_t window = 2000;                            ///< unconfirmed messages at once
  Duration confirm_timeout = std::chrono::seconds(30);  ///< without any confirm while some are due
  std::optional<double> rate;                           ///< messages per second

  bool operator==(const PublishPlan&) const = default;
};

/// The outcomes of one run's messages. Each sent message is confirmed, returned, refused or in
/// doubt; without confirms it is only sent.
struct PublishReport {
  std::uint64_t sent = 0;
  std::uint64_t confirmed = 0;
  std::uint64_t returned = 0;
  std::uint64_t refused = 0;
  std::uint64_t in_doubt = 0;
  std::uint64_t resent = 0;  ///< sent again on another connection; each may be there twice
  std::uint64_t confirmed_before = 0;  ///< by an earlier run, so not sent
  std::uint64_t perhaps_twice = 0;     ///< of those sent, also sent by an earlier run, it may be
  std::optional<Error> error;          ///< the error that ended the run early
  bool interrupted = false;            ///< a stop signal ended the run early

  /// The error ends the run early, unless a more serious one did.
  void note(const Error& why);
  /// The process's exit code: from the outcomes and the error by exit_code()'s table.
  [[nodiscard]] Exit exit(const PublishPlan& plan) const;
};

}  // namespace mscomm
