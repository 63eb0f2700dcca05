#include "core/consume/delivery_ledger.h"

#include <fmt/format.h>

#include <algorithm>

namespace mscomm {
namespace {

// 0 means all (basic.ack), and what is near the end of the numbers leaves no room to count on.
constexpr auto kLargestFirst = std::uint64_t{1} << 62U;
constexpr auto kNoTag = std::numeric_limits<std::uint64_t>::max();

bool is_due(Fate fate) {
  return fate == Fate::ack || fate == Fate::reject || fate == Fate::requeue;
}

Settle settle_of(Fate fate) {
  return fate == Fate::ack ? Settle::ack : fate == Fate::reject ? Settle::reject : Settle::requeue;
}

}  // namespace

void DeliveryLedger::add(std::uint64_t delivery_tag, bool asked_for, std::uint32_t consumer) {
  if (added() == 0 && delivery_tag - 1 < kLargestFirst) {
    first_ = delivery_tag;
  } else if (delivery_tag != first_ + entries_.size()) {
    throw Error(Exit::unreachable, fmt::format("the broker sent delivery tag {} where {} was due",
                                               delivery_tag, first_ + entries_.size()));
  }
  entries_.push_back({Fate::open, asked_for, consumer});
  ++unsettled_;
  if (consumer >= shares_.size()) {
    shares_.resize(consumer + std::size_t{1});
  }
  holders_ += shares_[consumer].unsettled++ == 0 ? 1U : 0U;
}

void DeliveryLedger::change(std::uint64_t delivery_tag, Entry& entry, Fate fate) {
  if (entry.fate == Fate::settled || entry.fate == fate) {
    return;
  }
  auto& held = shares_[entry.consumer].held;
  held_ -= entry.fate == Fate::hold ? 1U : 0U;
  held -= entry.fate == Fate::hold ? 1U : 0U;
  held_ += fate == Fate::hold ? 1U : 0U;
  held += fate == Fate::hold ? 1U : 0U;
  entry.fate = fate;
  if (fate == Fate::open) {
    first_open_ = std::min(first_open_, delivery_tag);
  }
  if (is_due(fate)) {
    first_due_ = std::min(first_due_, delivery_tag);
    last_due_ = std::max(last_due_, delivery_tag);
  }
}

void DeliveryLedger::count_settled(const Entry& entry) {
  ++settled_;
  settled_asked_for_ += entry.asked_for ? 1U : 0U;
  --unsettled_;
  holders_ -= --shares_[entry.consumer].unsettled == 0 ? 1U : 0U;
}

void DeliveryLedger::decide(std::uint64_t delivery_tag, Fate fate) {
  if (delivery_tag >= first_ && delivery_tag - first_ < entries_.size()) {
    change(delivery_tag, entries_[delivery_tag - first_], fate);
  }
}

void DeliveryLedger::decide_open(Fate fate) {
  const auto end = first_ + entries_.size();
  for (auto tag = std::max(first_, first_open_); tag < end; ++tag) {
    if (auto& entry = entries_[tag - first_]; entry.fate == Fate::open) {
      change(tag, entry, fate);
    }
  }
  first_open_ = end;
}

void DeliveryLedger::release_held(Fate fate) {
  for (std::size_t i = 0; held_ > 0; ++i) {
    if (auto& entry = entries_[i]; entry.fate == Fate::hold) {
      change(first_ + i, entry, fate);
    }
  }
}

Fate DeliveryLedger::fate(std::uint64_t delivery_tag) const {
  return delivery_tag >= first_ && delivery_tag - first_ < entries_.size()
             ? entries_[delivery_tag - first_].fate
             : Fate::settled;
}

std::vector<Settlement> DeliveryLedger::take_due(std::uint64_t most) {
  std::vector<Settlement> settlements;
  // Whether all before the current delivery is settled, already or by this call.
  bool clear = first_due_ == first_;
  bool in_run = false;
  std::uint32_t run_consumer = 0;
  auto tag = first_due_;
  for (; tag <= last_due_ && most > 0; ++tag) {
    auto& entry = entries_[tag - first_];
    if (entry.fate == Fate::settled) {
      continue;
    }
    if (!is_due(entry.fate)) {
      clear = in_run = false;
      continue;
    }
    const auto how = settle_of(entry.fate);
    const bool fits = how == Settle::ack || entry.consumer == run_consumer;
    if (in_run && settlements.back().how == how && fits) {
      settlements.back().delivery_tag = tag;
      settlements.back().multiple = true;
      ++settlements.back().messages;
    } else {
      settlements.push_back({tag, how, false, 1});
      in_run = clear;
      run_consumer = entry.consumer;
    }
    entry.fate = Fate::settled;
    --most;
    count_settled(entry);
  }
  first_due_ = tag <= last_due_ ? tag : kNoTag;
  last_due_ = first_due_ == kNoTag ? 0 : last_due_;
  forget_settled();
  return settlements;
}

void DeliveryLedger::forget_settled() {
  while (!entries_.empty() && entries_.front().fate == Fate::settled) {
    entries_.pop_front();
    ++first_;
  }
  if (first_due_ != kNoTag) {
    first_due_ = std::max(first_due_, first_);
  }
}

}  // namespace mscomm
