#include "core/consume/delivery_copier.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/publish/publish_outcomes.h"
#include "core/runtime/poll.h"
#include "core/runtime/random_id.h"

namespace mscomm {
namespace {

constexpr std::string_view kNoQueue = "is the queue there?";

// Whether the broker may have a copy whose answer did not come.
bool may_be_there(const ConfirmWindow::Entry& entry) {
  return (entry.sent && !entry.returned) || entry.in_doubt;
}

std::string unconfirmed(std::string_view why) { return fmt::format("was not confirmed: {}", why); }

}  // namespace

DeliveryCopier::DeliveryCopier(SessionOwner& session, const PublishPlan& plan,
                               const Context& context)
    : session_(session), context_(context), sender_(session, plan, context, report_, *this) {}

// By a message that no queue takes: the broker asks for the permission all the same.
void DeliveryCopier::check_permission() {
  const Properties nothing;
  Delivery probe;
  probe.delivery_tag = 1;
  probe.properties = &nothing;
  add(probe, {"", random_uuid()}, nothing);
  while (advance().empty()) {
    if (context_.deadline.passed(context_.clock.now())) {
      throw Error(Exit::timeout, "the broker did not answer in time");
    }
    wait_or_throw(session_->fd(), session_->events(), context_.deadline.min(wake_at()),
                  context_.stop);
  }
  disown();
  if (const auto* failure = error()) {
    throw Error(*failure);
  }
}

bool DeliveryCopier::send() {
  while (!sender_.is_closed()) {
    try {
      return sender_.send_on();
    } catch (const Unsendable& error) {
      conclude(error.entry(), false, fmt::format("cannot be sent: {}", error.what()));
    }
  }
  return false;
}

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
      send();
      sender_.drain();
    } while (sender_.can_go_on());
  }
  if (sender_.is_closed()) {
    abandon(report_.error ? unconfirmed(report_.error->what()) : "was not confirmed");
  } else {
    sender_.check_progress();
  }
  return std::exchange(results_, {});
}

const Error* DeliveryCopier::error() const {
  // A signal that comes while it is replaced leaves no error.
  static const Error unreplaced(Exit::unreachable, "the connection was lost");
  return !sender_.is_closed() ? nullptr : report_.error ? &*report_.error : &unreplaced;
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
  sender_.drop_never_sent();
  tags_begin_ = last_number_;
  results_.clear();
}

std::vector<CopyResult> DeliveryCopier::close(const Deadline& deadline) {
  abandon("was not confirmed in time");
  if (session_ && !sender_.is_closed()) {
    session_->close(deadline);
  }
  return std::exchange(results_, {});
}

void DeliveryCopier::abandon(std::string_view why) {
  sender_.end([&](const auto& entry) { conclude(entry, may_be_there(entry), std::string(why)); });
}

void DeliveryCopier::answered(const ConfirmWindow::Entry& entry, ConfirmWindow::Answer answer) {
  switch (answer) {
    case ConfirmWindow::Answer::confirmed:
      ++report_.confirmed;
      takers_.note(entry.route.exchange);
      if (!is_disowned(entry)) {
        results_.push_back({.delivery_tag = entry.number - tags_begin_, .placed = true});
      }
      break;
    case ConfirmWindow::Answer::returned: {
      const auto why = returned_.extract(entry.number);
      ++report_.returned;
      conclude(entry, entry.in_doubt, why ? why.mapped() : "came back",
               entry.route.exchange.empty() ? kNoQueue : kUnbound);
      break;
    }
    case ConfirmWindow::Answer::refused:
      ++report_.refused;
      conclude(entry, entry.in_doubt, "was refused by the broker (nack)", kRefusal);
      break;
  }
}

void DeliveryCopier::came_back(const ConfirmWindow::Entry* entry, const Returned& returned) {
  if (entry != nullptr) {
    returned_[entry->number] = fmt::format("came back: {} {}", returned.code, returned.text);
  }
}

void DeliveryCopier::ended(const ConfirmWindow::Entry& entry, const Closed& closed,
                           std::size_t left) {
  conclude(entry, may_be_there(entry) && !takers_.is_refused(entry, closed, left),
           unconfirmed(closed.error.what()));
}

void DeliveryCopier::conclude(const ConfirmWindow::Entry& entry, bool in_doubt, std::string why,
                              std::string_view hint) {
  report_.in_doubt += in_doubt ? 1U : 0U;
  if (!is_disowned(entry)) {
    results_.push_back({.delivery_tag = entry.number - tags_begin_,
                        .in_doubt = in_doubt,
                        .route = entry.route,
                        .message_id = entry.properties.message_id,
                        .why = std::move(why),
                        .hint = hint});
  }
}

}  // namespace mscomm
