#include "core/consume/delivery_ledger.h"

#include <algorithm>

namespace mscomm {
namespace {

constexpr auto kNoTag = std::numeric_limits<std::uint64_t>::max();

bool is_due(Fate fate) {
  return fate == Fate::ack || fate == Fate::reject || fate == Fate::requeue;
}

Settle settle_of(Fate fate) {
  return fate == Fate::ack ? Settle::ack : fate == Fate::reject ? Settle::reject : Settle::requeue;
}

}  // namespace

void DeliveryLedger::add(std::uint64_t delivery_tag, bool asked_for) {
  if (entries_.empty()) {
    first_ = delivery_tag;
  }
  entries_.push_back({Fate::open, asked_for});
  ++unsettled_;
  ++unsettled_in_window_;
}

void DeliveryLedger::begin_window() {
  window_begin_ = first_ + entries_.size();
  unsettled_in_window_ = held_in_window_ = 0;
}

void DeliveryLedger::change(std::uint64_t delivery_tag, Fate& current, Fate fate) {
  if (current == Fate::settled || current == fate) {
    return;
  }
  const auto change_held = [&](std::uint64_t& held) {
    held -= current == Fate::hold ? 1U : 0U;
    held += fate == Fate::hold ? 1U : 0U;
  };
  change_held(held_);
  if (delivery_tag >= window_begin_) {
    change_held(held_in_window_);
  }
  current = fate;
  if (is_due(fate)) {
    first_due_ = std::min(first_due_, delivery_tag);
    last_due_ = std::max(last_due_, delivery_tag);
  }
}

void DeliveryLedger::decide(std::uint64_t delivery_tag, Fate fate) {
  if (delivery_tag >= first_ && delivery_tag - first_ < entries_.size()) {
    change(delivery_tag, entries_[delivery_tag - first_].fate, fate);
  }
}

void DeliveryLedger::decide_open(Fate fate) {
  const auto end = first_ + entries_.size();
  for (auto tag = std::max(first_, first_open_); tag < end; ++tag) {
    if (auto& current = entries_[tag - first_].fate; current == Fate::open) {
      change(tag, current, fate);
    }
  }
  first_open_ = end;
}

void DeliveryLedger::release_held() {
  for (std::size_t i = 0; held_ > 0; ++i) {
    if (auto& current = entries_[i].fate; current == Fate::hold) {
      change(first_ + i, current, Fate::requeue);
    }
  }
}

std::vector<Settlement> DeliveryLedger::take_due(std::uint64_t most) {
  std::vector<Settlement> settlements;
  // Whether all before the current delivery is settled, already or by this call.
  bool clear = first_due_ == first_;
  bool in_run = false;
  auto tag = first_due_;
  for (; tag <= last_due_ && most > 0; ++tag) {
    auto& [fate, asked_for] = entries_[tag - first_];
    if (fate == Fate::settled) {
      continue;
    }
    if (!is_due(fate)) {
      clear = in_run = false;
      continue;
    }
    const auto how = settle_of(fate);
    if (in_run && settlements.back().how == how) {
      settlements.back().delivery_tag = tag;
      settlements.back().multiple = true;
      ++settlements.back().messages;
    } else {
      settlements.push_back({tag, how, false, 1});
      in_run = clear;
    }
    fate = Fate::settled;
    --most;
    ++settled_;
    settled_asked_for_ += asked_for ? 1U : 0U;
    --unsettled_;
    unsettled_in_window_ -= tag >= window_begin_ ? 1U : 0U;
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
