#include "core/consume/delivery_copier.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mscomm {

DeliveryCopier::DeliveryCopier(SessionOwner& session, const PublishPlan& plan,
                               const Context& context)
    : session_(session), sender_(session, plan, context, report_, *this) {}

void DeliveryCopier::add(const Delivery& delivery, Route route, Properties properties) {
  auto& entry = sender_.add();
  entry.number = tags_begin_ + delivery.delivery_tag;
  last_number_ = std::max(last_number_, entry.number);
  entry.route = std::move(route);
  entry.properties = std::move(properties);
  entry.file = delivery.file;
  entry.body = entry.file ? std::string_view() : delivery.body;
  sender_.measure(entry);
}

std::vector<CopyResult> DeliveryCopier::advance() {
  if (!sender_.is_closed()) {
    do {
      try {
        sender_.send_on();
      } catch (const Unsendable& error) {
        // Only the copy added last can be one that was never sent.
        results_.push_back({last_number_ - tags_begin_, false, error.what()});
      }
      sender_.drain();
    } while (sender_.can_go_on());
    sender_.check_progress();
  }
  return std::exchange(results_, {});
}

const Error* DeliveryCopier::error() const {
  return sender_.is_closed() && report_.error ? &*report_.error : nullptr;
}

void DeliveryCopier::append_polled(std::vector<pollfd>& polled) const {
  if (!sender_.is_closed()) {
    polled.push_back({session_->fd(), session_->events(), 0});
  }
}

Deadline DeliveryCopier::wake_at() const {
  return sender_.is_closed() ? Deadline() : sender_.wake_at();
}

void DeliveryCopier::disown() {
  tags_begin_ = last_number_;
  results_.clear();
}

void DeliveryCopier::close(const Deadline& deadline) {
  sender_.end([this](const auto& entry) { report_.in_doubt += entry.sent ? 1U : 0U; });
  if (session_ && !sender_.is_closed()) {
    session_->close(deadline);
  }
}

void DeliveryCopier::answered(const ConfirmWindow::Entry& entry, ConfirmWindow::Answer answer) {
  switch (answer) {
    case ConfirmWindow::Answer::confirmed:
      ++report_.confirmed;
      conclude(entry, true, {});
      break;
    case ConfirmWindow::Answer::returned: {
      const auto why = returned_.extract(entry.number);
      ++report_.returned;
      conclude(entry, false, why ? why.mapped() : "came back");
      break;
    }
    case ConfirmWindow::Answer::refused:
      ++report_.refused;
      conclude(entry, false,
               "was refused by the broker (nack): the queue is full and rejects, or "
               "a node failed");
      break;
  }
}

void DeliveryCopier::came_back(const ConfirmWindow::Entry* entry, const Returned& returned) {
  if (entry != nullptr) {
    returned_[entry->number] = fmt::format("came back: {} {}", returned.code, returned.text);
  }
}

void DeliveryCopier::ended(const ConfirmWindow::Entry& entry, const Closed& closed,
                           std::size_t /*left*/) {
  report_.in_doubt += entry.sent && !entry.returned ? 1U : 0U;
  conclude(entry, false, closed.error.what());
}

void DeliveryCopier::conclude(const ConfirmWindow::Entry& entry, bool placed, std::string why) {
  if (entry.number > tags_begin_) {
    results_.push_back({entry.number - tags_begin_, placed, std::move(why)});
  }
}

}  // namespace mscomm
