#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace mscomm {

/// Does `count` pieces of work in several threads and passes their results to `take` in order, in
/// the caller's thread. `make_worker` is called once in each thread, so that a worker can have
/// state of its own. At most a few results for each thread wait for an earlier one.
///
/// An exception from a piece of work ends the run: begun pieces are finished, their results are
/// taken, and it is rethrown here. An exception from `take` is rethrown too, and
/// nothing more is taken.
template <class Result>
class OrderedWorkers {
 public:
  using Work = std::function<Result(std::size_t)>;
  using MakeWorker = std::function<Work()>;
  using Take = std::function<void(Result)>;

  OrderedWorkers(std::size_t count, std::size_t threads, MakeWorker make_worker)
      : count_(count),
        ahead_(4 * threads),
        make_worker_(std::move(make_worker)),
        threads_(std::min(count, threads)) {}

  void run(const Take& take) {
    std::vector<std::jthread> threads;
    try {
      for (std::size_t i = 0; i < threads_; ++i) {
        threads.emplace_back([this] { work(); });
      }
      while (auto result = wait_for_next()) {
        take(std::move(*result));
      }
    } catch (...) {
      stop(nullptr);
      throw;
    }
    threads.clear();  // waits for them
    for (auto& [index, result] : results_) {
      take(std::move(result));
    }
    if (failure_) {
      std::rethrow_exception(failure_);
    }
  }

 private:
  void work() {
    try {
      const auto work = make_worker_();
      while (const auto index = next_index()) {
        auto result = work(*index);
        const std::lock_guard lock(mutex_);
        results_.emplace(*index, std::move(result));
        changed_.notify_all();
      }
    } catch (...) {
      stop(std::current_exception());
    }
  }

  std::optional<std::size_t> next_index() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || begun_ < taken_ + ahead_; });
    return stopped_ || begun_ == count_ ? std::nullopt : std::optional(begun_++);
  }

  // Nothing: none is left, or the work has ended early.
  std::optional<Result> wait_for_next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock,
                  [this] { return stopped_ || taken_ == count_ || results_.contains(taken_); });
    if (!results_.contains(taken_)) {
      return std::nullopt;
    }
    auto result = std::move(results_.extract(taken_++).mapped());
    changed_.notify_all();
    return result;
  }

  void stop(const std::exception_ptr& failure) {
    const std::lock_guard lock(mutex_);
    failure_ = failure_ ? failure_ : failure;
    stopped_ = true;
    changed_.notify_all();
  }

  std::size_t count_;
  std::size_t ahead_;
  MakeWorker make_worker_;
  std::size_t threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t begun_ = 0;
  std::size_t taken_ = 0;
  std::map<std::size_t, Result> results_;
  bool stopped_ = false;
  std::exception_ptr failure_;
};

}  // namespace mscomm
