#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/probe/checks.h"

namespace mscomm {

/// When a target is checked, and how often.
struct ProbePlan {
  /// Keep trying for so long; without it the first failed check is final.
  std::optional<Duration> wait{};
  Duration every = std::chrono::seconds(1);          ///< the pause between checks
  unsigned successes = 1;                            ///< successful checks needed in a row
  Duration check_timeout = std::chrono::seconds(5);  ///< for one check
};

/// The outcome for one target.
struct ProbeResult {
  /// The last check that was not cut short. After a wait in vain its outcome is timeout and its
  /// error ends with the last check's.
  CheckResult check;
  unsigned attempts = 0;
  Duration waited{};  ///< from the start of the first check to the end of the last
};

/// A prober's access to time and output, replaced in tests. Called from all probing threads.
struct ProbeSeams {
  const Clock& clock;
  /// Returns at the deadline. Throws Interrupted.
  std::function<void(const Deadline& until)> sleep;
  /// Called after each check that does not end the probing, with the pause that follows.
  std::function<void(std::size_t target, const CheckResult& check, Duration pause)> progress;
};

/// Checks a target until it passes as often as the plan asks, or until trying again is pointless.
///
///   a check   | without wait                 | with wait
///   ----------|------------------------------|-------------------------------------------------
///   holds     | again until `successes` did  | the same
///   does not  | the end, its own outcome     | counting begins anew, at first after a short pause
///   usage, io | the end, its own outcome     | the same: time heals neither
///   internal  | the end, its own outcome     | the same
///
/// `end` is the whole command's deadline. Throws what the check throws.
ProbeResult probe(std::size_t target, const Check& check, const ProbePlan& plan,
                  const Deadline& end, const ProbeSeams& seams);

struct Probing {
  Check check;
  ProbePlan plan;
};

/// Runs probe() for each target at once, each in its own thread; results are in the order of
/// `probings`.
std::vector<ProbeResult> probe_all(std::span<const Probing> probings, const Deadline& end,
                                   const ProbeSeams& seams);

}  // namespace mscomm
