#include "core/resilience/backoff.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/runtime/duration.h"
#include "core/runtime/error.h"

namespace mscomm {

Duration Backoff::pause_after(std::uint32_t failures, std::mt19937& random) const {
  auto pause = std::min(first, longest);
  for (; failures > 1 && pause < longest; --failures) {
    pause = pause > longest / 2 ? longest : pause * 2;
  }
  return jitter == Jitter::none
             ? pause
             : Duration(std::uniform_int_distribution<Duration::rep>(0, pause.count())(random));
}

void parse_backoff(Backoff& backoff, std::string_view text, std::string_view what) {
  constexpr std::string_view kTo = "..";
  const auto dots = text.find(kTo);
  backoff.first = parse_duration(text.substr(0, dots), what);
  backoff.longest = dots == std::string_view::npos
                        ? backoff.first
                        : parse_duration(text.substr(dots + kTo.size()), what);
  if (backoff.longest < backoff.first) {
    throw Error(Exit::usage, fmt::format("{}: '{}' ends before it begins", what, text),
                "for example 200ms..10s");
  }
}

}  // namespace mscomm
