#include "core/publish/confirm_window.h"

#include <algorithm>
#include <utility>

namespace mscomm {
namespace {

constexpr std::size_t kFirstSlots = 16;
// Capacity in bytes that an entry keeps for the next message.
constexpr std::size_t kKeptCapacity = 64UL * 1024;

// How much an entry has in common with a returned message.
enum class Likeness { none, alike, same_body, same };

BodyDigest digest_of(const ConfirmWindow::Entry& entry) {
  BodyDigest digest;
  if (entry.file) {
    entry.file->for_each_piece([&digest](auto piece) { digest.add(piece); });
  } else {
    digest.add(entry.body);
  }
  return digest;
}

Likeness likeness_of(const ConfirmWindow::Entry& entry, const Returned& returned) {
  const bool is_alike =
      !entry.resolved && !entry.returned &&
      entry.properties.message_id.value_or("") == returned.message_id.value_or("") &&
      entry.body_bytes() == returned.body_bytes && entry.route == returned.route;
  if (!is_alike) {
    return Likeness::none;
  }
  if (digest_of(entry) != returned.body) {
    return Likeness::alike;
  }
  return entry.properties == returned.properties ? Likeness::same : Likeness::same_body;
}

}  // namespace

void ConfirmWindow::grow() {
  std::vector<Entry> larger(std::max(kFirstSlots, 2 * slots_.size()));
  for (std::size_t i = 0; i < count_; ++i) {
    larger[i] = std::move(at(i));
  }
  slots_ = std::move(larger);
  begin_ = 0;
}

ConfirmWindow::Entry& ConfirmWindow::add() {
  if (count_ == slots_.size()) {
    grow();
  }
  auto& entry = at(count_++);
  ++unanswered_;
  entry.times_sent = 0;
  entry.returned = entry.resolved = entry.sent = entry.in_doubt = false;
  return entry;
}

void ConfirmWindow::forget(Entry& entry) {
  bytes_ -= entry.body.size();
  entry.body.clear();
  files_ -= entry.file ? 1U : 0U;
  entry.file.reset();
  if (entry.body.capacity() > kKeptCapacity) {
    std::string().swap(entry.body);
  }
}

void ConfirmWindow::drop_last() {
  forget(at(--count_));
  --unanswered_;
}

ConfirmWindow::Entry ConfirmWindow::drop_unsent() {
  for (auto i = sent_ + 1; i < count_; ++i) {
    std::swap(at(i - 1), at(i));
  }
  drop_last();
  return std::move(at(count_));
}

void ConfirmWindow::drop_never_sent() {
  auto kept = sent_;
  for (auto i = sent_; i < count_; ++i) {
    if (at(i).times_sent > 0) {
      std::swap(at(kept++), at(i));
    }
  }
  while (count_ > kept) {
    drop_last();
  }
}

ConfirmWindow::Entry* ConfirmWindow::unsent() { return sent_ < count_ ? &at(sent_) : nullptr; }

void ConfirmWindow::mark_sent() {
  auto& entry = at(sent_++);
  ++entry.times_sent;
  entry.sent = true;
}

void ConfirmWindow::unmark_sent() {
  auto& entry = at(--sent_);
  --entry.times_sent;
  entry.sent = false;
}

ConfirmWindow::Entry& ConfirmWindow::newest_sent() { return at(sent_ - 1); }

const ConfirmWindow::Entry* ConfirmWindow::mark_returned(const Returned& returned) {
  Entry* found = nullptr;
  auto best = Likeness::none;
  for (std::size_t i = 0; i < sent_ && best != Likeness::same; ++i) {
    if (const auto likeness = likeness_of(at(i), returned); likeness > best) {
      best = likeness;
      found = &at(i);
    }
  }
  if (found != nullptr) {
    found->returned = true;
  }
  return found;
}

void ConfirmWindow::resolve_one(Entry& entry, bool accepted, const OnAnswer& on_answer) {
  if (entry.resolved) {
    return;
  }
  entry.resolved = true;
  --unanswered_;
  on_answer(entry, entry.returned ? Answer::returned
                   : accepted     ? Answer::confirmed
                                  : Answer::refused);
}

void ConfirmWindow::drop_resolved_front() {
  while (sent_ > 0 && at(0).resolved) {
    forget(at(0));
    begin_ = (begin_ + 1) & (slots_.size() - 1);
    --count_;
    --sent_;
    ++first_;
  }
}

void ConfirmWindow::unsend(std::size_t index) {
  Entry entry = std::move(at(index));
  at(index).body.clear();
  at(index).resolved = true;
  entry.sent = false;
  add() = std::move(entry);
  --unanswered_;
}

bool ConfirmWindow::resolve(const Confirm& confirm, const OnAnswer& on_answer, bool again) {
  if (confirm.sequence < first_ || confirm.sequence - first_ >= sent_) {
    return false;
  }
  bool concerned = false;
  const std::size_t last = confirm.sequence - first_;
  for (auto i = confirm.multiple ? 0 : last; i <= last; ++i) {
    concerned = concerned || !at(i).resolved;
    if (again && !confirm.accepted && !at(i).resolved && !at(i).returned) {
      unsend(i);
    } else {
      resolve_one(at(i), confirm.accepted, on_answer);
    }
  }
  drop_resolved_front();
  return concerned;
}

void ConfirmWindow::restart(const OnAnswer& on_returned) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    auto& entry = at(i);
    entry.in_doubt |= std::exchange(entry.sent, false) && !entry.returned;
    if (entry.returned) {
      resolve_one(entry, true, on_returned);
    }
    if (entry.resolved) {
      forget(entry);
    } else if (kept++ != i) {
      std::swap(at(kept - 1), entry);
    }
  }
  count_ = kept;
  sent_ = 0;
  first_ = 1;
}

void ConfirmWindow::abandon(const std::function<void(const Entry&)>& on_each) {
  for (std::size_t i = 0; i < count_; ++i) {
    auto& entry = at(i);
    if (!entry.resolved) {
      on_each(entry);
    }
    forget(entry);
  }
  first_ += count_;
  begin_ = count_ = sent_ = unanswered_ = 0;
}

}  // namespace mscomm
