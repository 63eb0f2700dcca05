#include "core/runtime/long_step.h"

namespace mscomm {
namespace {

// The steps that run, in the order of their beginnings.
struct RunningSteps {
  std::mutex mutex;
  std::list<LongStep::Begun> begun;
  std::mutex large;  // held by the large one

  static RunningSteps& get() {
    static RunningSteps steps;
    return steps;
  }
};

constexpr std::uint64_t kLarge = std::uint64_t{1} << 20U;

}  // namespace

LongStep::LongStep(const char* what, std::uint64_t memory) {
  auto& running = RunningSteps::get();
  if (memory > kLarge) {
    turn_ = std::unique_lock(running.large);
  }
  const std::lock_guard lock(running.mutex);
  begun_ = running.begun.insert(running.begun.end(), {std::chrono::steady_clock::now(), what});
}

LongStep::~LongStep() {
  auto& running = RunningSteps::get();
  const std::lock_guard lock(running.mutex);
  running.begun.erase(begun_);
}

std::optional<LongStep::Begun> LongStep::oldest() {
  auto& running = RunningSteps::get();
  const std::lock_guard lock(running.mutex);
  return running.begun.empty() ? std::nullopt : std::optional(running.begun.front());
}

}  // namespace mscomm
