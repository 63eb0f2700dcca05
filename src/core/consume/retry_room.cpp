#include "core/consume/retry_room.h"

#include <utility>

#include "core/runtime/random_id.h"

namespace mscomm {
namespace {

// Bodies beyond this size take the places of other messages, so that memory stays bounded.
constexpr std::size_t kMostBytes = 32UL << 20U;

}  // namespace

RetryRoom::RetryRoom(const Plan& plan)
    : plan_(plan), random_(static_cast<std::uint32_t>(random_bits())) {}

Duration RetryRoom::wait(MessageJob job, TimePoint now) {
  const auto pause = plan_.backoff.pause_after(job.attempt, random_);
  bytes_ += job.body.size();
  waiting_.emplace(now + pause, std::move(job));
  return pause;
}

bool RetryRoom::is_full(std::size_t others) const {
  return waiting_.size() + others > plan_.room || bytes_ > kMostBytes;
}

std::vector<MessageJob> RetryRoom::take_due(TimePoint now) {
  std::vector<MessageJob> due;
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    auto job = std::move(waiting_.extract(waiting_.begin()).mapped());
    bytes_ -= job.body.size();
    ++job.attempt;
    due.push_back(std::move(job));
  }
  return due;
}

std::vector<MessageJob> RetryRoom::take_all() {
  std::vector<MessageJob> all;
  for (auto& [due, job] : waiting_) {
    all.push_back(std::move(job));
  }
  waiting_.clear();
  bytes_ = 0;
  return all;
}

Deadline RetryRoom::wake_at() const {
  return waiting_.empty() ? Deadline() : Deadline(waiting_.begin()->first);
}

}  // namespace mscomm
