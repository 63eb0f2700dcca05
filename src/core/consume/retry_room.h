#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include "core/consume/message_job.h"
#include "core/resilience/backoff.h"
#include "core/runtime/clock.h"

namespace mscomm {

/// Where messages wait for the next attempt of their command.
class RetryRoom {
 public:
  struct Plan {
    std::uint32_t retries = 0;  ///< attempts after the first
    Backoff backoff{std::chrono::seconds(1), std::chrono::seconds(30), Jitter::full};
    std::size_t room = 0;  ///< how many may wait beside those that the broker sends ahead
  };

  explicit RetryRoom(const Plan& plan);

  /// Whether another attempt follows the one that has failed.
  [[nodiscard]] bool takes(const MessageJob& job) const { return job.attempt <= plan_.retries; }
  /// Takes a job whose attempt failed; returns the pause before the next one.
  Duration wait(MessageJob job, TimePoint now);
  /// Whether those that wait, with `others` that wait elsewhere, are more or larger than may wait
  /// without holding up others.
  [[nodiscard]] bool is_full(std::size_t others = 0) const;

  /// The jobs whose pause is over, with the number of their next attempt.
  std::vector<MessageJob> take_due(TimePoint now);
  /// All of them, for a run that ends.
  std::vector<MessageJob> take_all();
  [[nodiscard]] bool empty() const noexcept { return waiting_.empty(); }
  [[nodiscard]] Deadline wake_at() const;

  [[nodiscard]] std::uint32_t attempts() const noexcept { return plan_.retries + 1; }

 private:
  Plan plan_;
  std::mt19937 random_;
  std::multimap<TimePoint, MessageJob> waiting_;  // by the end of the pause
  std::size_t bytes_ = 0;                         // of their bodies
};

}  // namespace mscomm
