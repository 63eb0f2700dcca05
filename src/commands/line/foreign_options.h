#pragma once

#include <span>
#include <string_view>

namespace mscomm {

/// What another tool's option is called here.
struct ForeignOption {
  std::string_view commands;  ///< where the hint fits, separated by spaces
  std::string_view names;     ///< as the other tool spells it, separated by spaces: "-m --max-time"
  std::string_view hint;
};

/// The options of curl, httpie, hey, kcat, amqp-tools and rabbitmqadmin that have another name
/// here, or that nobody needs here.
std::span<const ForeignOption> foreign_options();

/// The hint for an option that `command` does not have; empty when no tool is known to have it.
/// `word` is as given, without a value after an equals sign: of several letters after one dash the
/// first counts.
std::string_view foreign_option_hint(std::string_view command, std::string_view word);

}  // namespace mscomm
