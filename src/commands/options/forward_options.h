#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/amqp/connector.h"
#include "core/consume/forward_plan.h"
#include "core/runtime/secret.h"

namespace mscomm {

class CommandLine;
struct Context;
struct CommonOptions;

/// Where copies of messages go, instead of being printed.
struct ForwardOptions {
  std::optional<std::string> queue;     ///< of --to
  std::optional<std::string> exchange;  ///< of --to-exchange, with the key
  std::optional<Death> origin;          ///< of --to-origin
  std::vector<std::string> urls;        ///< of --to-url
  std::optional<std::string> profile;   ///< of --to-profile
  BrokerOptions of_profile;             ///< what it says
  Secret password;                      ///< of --to-password-file
  std::optional<double> rate;           ///< messages per second
  bool dry_run = false;
  const CommonOptions* common = nullptr;  ///< for --to-profile: where the profiles are

  [[nodiscard]] bool is_given() const { return queue || exchange || origin; }
  /// As many messages as may be under way; with a rate those of a second.
  [[nodiscard]] std::uint16_t prefetch() const;
  /// Where copies go, and the broker that takes them when messages come from `source`. Throws
  /// Error{usage} for a name that is empty and for a profile without a URL, and as broker_urls().
  [[nodiscard]] ForwardPlan plan(const BrokerOptions& source, const BrokerOptions& target) const;
  [[nodiscard]] BrokerOptions broker(const BrokerOptions& source) const;
  /// Throws Error{usage} when copies of this queue's messages would come back to it.
  void refuse_circle(const std::string& source_queue, const BrokerOptions& source) const;
};

/// Adds --to, --to-exchange, --to-origin and the options that depend on them, without --rate.
void bind_forward_options(CommandLine& line, ForwardOptions& options);

/// Adds --rate.
void bind_forward_rate(CommandLine& line, ForwardOptions& options);

}  // namespace mscomm
