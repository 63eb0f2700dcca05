#include "commands/options/backoff_options.h"

#include <fmt/format.h>

#include "core/runtime/duration.h"

namespace mscomm {
namespace {

constexpr std::array kJitters{Choice<Jitter>{"full", Jitter::full},
                              Choice<Jitter>{"none", Jitter::none}};

}  // namespace

void bind_backoff_options(OptionGroup& group, Backoff& options, const std::string& what) {
  group
      .custom("--backoff", "FIRST..LONGEST",
              fmt::format("the pause before {}, which doubles from one to the next", what),
              [&options](const std::string& value, const std::string& name) {
                parse_backoff(options, value, name);
              })
      .defaults_to(
          fmt::format("{}..{}", format_duration(options.first), format_duration(options.longest)))
      .needs({"--retry"});
  group
      .choice("--jitter", options.jitter, kJitters, "KIND",
              "full: a random part of the pause; none: all of it")
      .needs({"--retry"});
}

}  // namespace mscomm
