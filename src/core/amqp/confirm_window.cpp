#include "core/amqp/confirm_window.h"

namespace mscomm {

void ConfirmWindow::add(std::uint64_t sequence, Entry entry) {
  if (entries_.empty()) {
    first_ = sequence;
  }
  entries_.push_back(std::move(entry));
  ++unanswered_;
}

const ConfirmWindow::Entry* ConfirmWindow::mark_returned(const Returned& returned) {
  for (auto& entry : entries_) {
    const bool fits = !entry.resolved && !entry.returned &&
                      entry.message_id == returned.message_id.value_or("") &&
                      entry.body_bytes == returned.body_bytes && entry.route == returned.route;
    if (fits) {
      entry.returned = true;
      return &entry;
    }
  }
  return nullptr;
}

void ConfirmWindow::resolve_one(Entry& entry, bool accepted, Resolved& result) {
  if (entry.resolved) {
    return;
  }
  entry.resolved = true;
  --unanswered_;
  if (entry.returned) {
    ++result.returned;
  } else if (!accepted) {
    result.refused.push_back(entry);
  } else {
    ++result.confirmed;
  }
}

ConfirmWindow::Resolved ConfirmWindow::resolve(const Confirm& confirm) {
  Resolved result;
  if (confirm.sequence < first_ || confirm.sequence - first_ >= entries_.size()) {
    return result;
  }
  const std::size_t last = confirm.sequence - first_;
  for (auto i = confirm.multiple ? 0 : last; i <= last; ++i) {
    resolve_one(entries_[i], confirm.accepted, result);
  }
  while (!entries_.empty() && entries_.front().resolved) {
    entries_.pop_front();
    ++first_;
  }
  return result;
}

std::vector<ConfirmWindow::Entry> ConfirmWindow::take_unanswered() {
  std::vector<Entry> taken;
  for (auto& entry : entries_) {
    if (!entry.resolved) {
      taken.push_back(std::move(entry));
    }
  }
  first_ += entries_.size();
  entries_.clear();
  unanswered_ = 0;
  return taken;
}

}  // namespace mscomm
