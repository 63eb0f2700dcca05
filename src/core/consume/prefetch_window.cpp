#include "core/consume/prefetch_window.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "core/message/field_table.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kGrowth = 4;
constexpr std::uint64_t kMostOnItsWay = 4UL << 20U;
constexpr std::uint64_t kLargestWindow = std::numeric_limits<std::uint16_t>::max();
// A queue that has messages sends them to a new consumer sooner than that.
constexpr Duration kQuiet = 100ms;

std::optional<std::int64_t> stream_offset(const Delivery& delivery) {
  const auto& headers = delivery.properties->headers;
  const auto* value = headers ? find_field(*headers, "x-stream-offset") : nullptr;
  const auto offset = value == nullptr ? std::nullopt : integer_of(*value);
  // The offset behind it must be a number, too.
  return offset && *offset >= 0 && *offset < std::numeric_limits<std::int64_t>::max()
             ? offset
             : std::nullopt;
}

}  // namespace

void PrefetchWindow::open(std::optional<std::uint64_t> most) {
  most_ = most;
  add(plan_.ramps ? 1 : plan_.prefetch, {});
  newest_is_silent_ = false;  // there is no other
}

void PrefetchWindow::add(std::uint64_t size, const DeliveryLedger& ledger, FieldTable arguments) {
  if (most_) {
    size = std::min(size, grantable(ledger));
  }
  if (size == 0) {
    return;
  }
  begin(size, std::move(arguments));
  since_ = bytes_since_ = 0;
  newest_is_silent_ = true;
  quiet_since_ = clock_.now();
}

// It has a tag that we know and counts as begun before the broker answers: when a signal or a
// deadline ends the request, the consumer may be there all the same, and must be stopped.
void PrefetchWindow::begin(std::uint64_t size, FieldTable arguments) {
  const auto tag = fmt::format("mscomm-{}", ++begun_);
  consumers_.push_back({tag, size});
  live_ += size;
  granted_ += size;
  session_.ask([&](Session& session) {
    return session.consume({.queue = plan_.queue,
                            .prefetch = static_cast<std::uint16_t>(size),
                            .arguments = std::move(arguments),
                            .consumer_tag = tag});
  });
}

bool PrefetchWindow::note(const Delivery& delivery) {
  ++since_;
  bytes_since_ += delivery.body_bytes();
  nudged_ = false;
  quiet_since_ = clock_.now();
  const auto from = std::find_if(consumers_.rbegin(), consumers_.rend(), [&](const Consumer& each) {
    return each.tag == delivery.consumer_tag;
  });
  const bool is_from_newest = from == consumers_.rbegin();
  newest_is_silent_ = newest_is_silent_ && !is_from_newest;
  last_consumer_ = static_cast<std::uint32_t>(consumers_.rend() - from);  // 0 is none of ours
  if (follows_stream_ && !is_from_newest) {
    return false;
  }
  if (!std::exchange(checked_for_stream_, true) || (is_stream_ && !follows_stream_)) {
    const auto offset = stream_offset(delivery);
    is_stream_ = offset.has_value();
    offset_ = offset.value_or(0);
  }
  return true;
}

// What may come to the first so many consumers before anything is settled.
std::uint64_t PrefetchWindow::room(const DeliveryLedger& ledger, std::size_t consumers) const {
  std::uint64_t room = 0;
  for (auto i = oldest_; i < consumers; ++i) {
    const auto& consumer = consumers_[i];
    const auto used = std::min<std::uint64_t>(consumer.window, share(ledger, i).unsettled);
    room += consumer.is_live ? consumer.window - used : 0;
  }
  return room;
}

std::uint64_t PrefetchWindow::grantable(const DeliveryLedger& ledger) const {
  if (!most_) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  const auto allowed = ledger.added() + room(ledger, consumers_.size());
  return *most_ > allowed ? *most_ - allowed : 0;
}

// With much that is held the window may be larger, or each refill would be a consumer more.
std::uint64_t PrefetchWindow::next_size(const DeliveryLedger& ledger) const {
  constexpr std::uint64_t kShareOfHeld = 4;
  auto most = std::uint64_t{plan_.prefetch};
  if (plan_.ramps && !plan_.prefetch_is_given) {
    most = std::clamp(ledger.held() / kShareOfHeld, most, kLargestWindow);
  }
  std::uint64_t held = 0;
  for (auto i = oldest_; i < consumers_.size(); ++i) {
    held += consumers_[i].is_live ? share(ledger, i).held : 0;
  }
  const auto open = live_ - std::min(live_, held);
  const auto grown = plan_.ramps ? kGrowth * consumers_.back().window : most;
  return std::min(grown, most - std::min(most, open));
}

void PrefetchWindow::widen(const DeliveryLedger& ledger) {
  if (consumers_.empty()) {
    return;
  }
  if (is_stream_) {
    follow_stream(ledger);
  } else if (!newest_is_silent_) {
    grow(ledger);
  } else if (room(ledger, consumers_.size() - 1) == 0) {
    look_at_silence();
  }
}

void PrefetchWindow::grow(const DeliveryLedger& ledger) {
  const auto window = consumers_.back().window;
  const bool is_used =
      plan_.ramps && !is_grown_ && since_ >= window && on_its_way(ledger) <= kMostOnItsWay;
  if (!is_used && share(ledger, consumers_.size() - 1).held < (window + 1) / 2) {
    return;
  }
  const auto earlier = consumers_.size();
  add(next_size(ledger), ledger);
  // It begins before others end: an auto-delete queue would end with its last consumer.
  for (auto i = oldest_; consumers_.size() > earlier && i < earlier; ++i) {
    if (share(ledger, i).held >= consumers_[i].window) {
      stop_one(i);
    }
  }
}

// The bytes that may come while a request is answered, and are then kept in memory.
std::uint64_t PrefetchWindow::on_its_way(const DeliveryLedger& ledger) const {
  return room(ledger, consumers_.size()) * (bytes_since_ / std::max<std::uint64_t>(1, since_));
}

// The newest consumer has got nothing, and all others are full. If they have got more than was on
// its way when it began, or nothing comes at all, then the queue has a single active consumer.
void PrefetchWindow::look_at_silence() {
  const bool is_passed_over = plan_.ramps && since_ >= live_;
  if (is_passed_over && (most_ || live_ - consumers_.back().window >= plan_.prefetch / 2)) {
    stop_one(consumers_.size() - 1);
    consumers_.pop_back();
    newest_is_silent_ = false;
    is_grown_ = true;
  } else if (is_passed_over || (!nudged_ && clock_.now() - quiet_since_ >= kQuiet)) {
    yield_to_newest();
  }
}

// Nothing is on its way to the others. Yet another one makes a classic queue see that they end.
void PrefetchWindow::yield_to_newest() {
  for (auto i = oldest_; i + 1 < consumers_.size(); ++i) {
    stop_one(i);
  }
  begin(1);
  stop_one(consumers_.size() - 1);
  consumers_.pop_back();
  nudged_ = true;
  since_ = 0;
}

void PrefetchWindow::stop_one(std::size_t index) {
  auto& consumer = consumers_[index];
  if (!std::exchange(consumer.is_live, false)) {
    return;
  }
  session_.ask([&](Session& session) { session.cancel({consumer.tag}, Deadline()); });
  live_ -= consumer.window;
  while (oldest_ < consumers_.size() && !consumers_[oldest_].is_live) {
    ++oldest_;
  }
}

DeliveryLedger::Share PrefetchWindow::share(const DeliveryLedger& ledger, std::size_t index) {
  return ledger.share(static_cast<std::uint32_t>(index + 1));
}

Deadline PrefetchWindow::wake_at(const DeliveryLedger& ledger) const {
  const bool is_stuck = newest_is_silent_ && !nudged_ && room(ledger, consumers_.size() - 1) == 0;
  return is_stuck ? Deadline(quiet_since_ + kQuiet) : Deadline();
}

void PrefetchWindow::follow_stream(const DeliveryLedger& ledger) {
  if (follows_stream_ || !plan_.ramps) {
    return;
  }
  const auto earlier = consumers_.size();
  consumers_.back().window = 0;  // what is settled makes no room: it is about to stop
  live_ = 0;
  add(plan_.prefetch, ledger, {{"x-stream-offset", FieldValue::integer(offset_ + 1)}});
  if (consumers_.size() > earlier) {
    newest_is_silent_ = false;
    follows_stream_ = true;
    stop_one(earlier - 1);
  }
}

void PrefetchWindow::stop() {
  for (auto& consumer : consumers_) {
    consumer.is_live = consumer.is_live && !session_->stop_consumer(consumer.tag);
  }
  newest_is_silent_ = false;  // nothing more is expected of it
}

void PrefetchWindow::cancel(const Deadline& deadline) {
  std::vector<std::string> tags;
  for (auto& consumer : consumers_) {
    if (std::exchange(consumer.is_live, false)) {
      tags.push_back(consumer.tag);
    }
  }
  if (tags.empty()) {
    tags.push_back(consumers_.back().tag);  // the answer comes after what came before
  }
  session_->cancel(tags, deadline);
}

void PrefetchWindow::forget() {
  most_.reset();
  consumers_.clear();
  last_consumer_ = 0;
  live_ = granted_ = since_ = bytes_since_ = 0;
  oldest_ = 0;
  newest_is_silent_ = nudged_ = is_grown_ = false;
  checked_for_stream_ = is_stream_ = follows_stream_ = false;
}

}  // namespace mscomm
