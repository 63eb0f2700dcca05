#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "core/publish/confirm_window.h"

namespace mscomm {

/// Knows which exchanges have taken a message, and so what the end of a channel means for those
/// without an answer.
class TakenExchanges {
 public:
  /// A message to this exchange was confirmed.
  void note(const std::string& exchange) {
    if (last_ == nullptr || *last_ != exchange) {
      last_ = &*taken_.insert(exchange).first;
    }
  }

  /// Whether the broker surely did not take this message, one of `left` that were unanswered at the
  /// end of the channel: because its exchange is missing or forbidden, or because the channel was
  /// closed for this very message.
  [[nodiscard]] bool is_refused(const ConfirmWindow::Entry& entry, const Closed& closed,
                                std::size_t left) const;

 private:
  std::set<std::string> taken_;
  const std::string* last_ = nullptr;
};

}  // namespace mscomm
