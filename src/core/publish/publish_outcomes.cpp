#include "core/publish/publish_outcomes.h"

#include <fmt/format.h>

#include "core/message/route_text.h"
#include "core/output/json_writer.h"
#include "core/output/writer.h"
#include "core/publish/resume_file.h"
#include "core/runtime/poll.h"
#include "core/runtime/text.h"
#include "core/telemetry/step_names.h"

namespace mscomm {
namespace {

// The hint for a message that failed when it was sent again.
constexpr std::string_view kNoQueue = "is the queue there? --declare creates it";
constexpr std::string_view kBefore =
    "nobody knows whether the broker took it before the connection was lost";

}  // namespace

void PublishReport::note(const Error& why) {
  if (!error || worse(why.reason(), error->reason()) != error->reason()) {
    error = why;
  }
}

Exit PublishReport::exit(const PublishPlan& plan) const {
  Tally items;
  const auto unheard = plan.returned_is_failure ? returned : 0;
  items.add(Exit::failed, unheard + refused);
  items.add(Exit::in_doubt, in_doubt);
  items.add(Exit::ok, plan.confirms ? confirmed + (returned - unheard) : sent - in_doubt - unheard);
  return exit_code(items, error ? error->reason() : Exit::ok);
}

void PublishOutcomes::answered(const ConfirmWindow::Entry& entry, ConfirmWindow::Answer answer) {
  if (entry.in_doubt && is_failure(answer)) {
    ++report_.in_doubt;
    settle(entry, Exit::in_doubt, "in_doubt");
    if (answer == ConfirmWindow::Answer::refused) {
      describe(&entry, entry.route, "was refused (nack) when it was sent again", kBefore);
    }
    return;
  }
  switch (answer) {
    case ConfirmWindow::Answer::confirmed:
      ++report_.confirmed;
      takers_.note(entry.route.exchange);
      settle(entry, Exit::ok, "confirmed");
      break;
    case ConfirmWindow::Answer::returned:
      // Already counted when it came back.
      settle(entry, plan_.returned_is_failure ? Exit::failed : Exit::ok, "returned");
      break;
    case ConfirmWindow::Answer::refused:
      ++report_.refused;
      describe(&entry, entry.route, "was refused by the broker (nack)", kRefusal);
      settle(entry, Exit::failed, "refused");
      break;
  }
}

void PublishOutcomes::came_back(const ConfirmWindow::Entry* entry, const Returned& returned) {
  const bool again = entry != nullptr && entry->in_doubt;
  report_.returned += again && plan_.returned_is_failure ? 0 : 1;
  if (plan_.returned_is_failure) {
    describe(entry, returned.route,
             fmt::format("came back{}: {} {}", again ? " when it was sent again" : "",
                         returned.code, returned.text),
             again                             ? kBefore
             : returned.route.exchange.empty() ? kNoQueue
                                               : kUnbound);
  }
}

bool PublishOutcomes::is_failure(ConfirmWindow::Answer answer) const {
  return answer == ConfirmWindow::Answer::refused ||
         (answer == ConfirmWindow::Answer::returned && plan_.returned_is_failure);
}

void PublishOutcomes::unanswered(const ConfirmWindow::Entry& entry) {
  if (entry.returned) {
    answered(entry, ConfirmWindow::Answer::returned);
  } else if (entry.sent || entry.in_doubt) {
    ++report_.in_doubt;
    settle(entry, Exit::in_doubt, "in_doubt");
  } else if (entry.times_sent > 0) {
    answered(entry, ConfirmWindow::Answer::refused);
  } else if (resume_ != nullptr) {
    resume_->answered(entry.number, Exit::failed);
  }
}

void PublishOutcomes::ended(const ConfirmWindow::Entry& entry, const Closed& closed,
                            std::size_t left) {
  if (takers_.is_refused(entry, closed, left)) {
    ++report_.refused;
    describe(&entry, entry.route, "was refused", {});
    settle(entry, Exit::failed, "refused");
  } else {
    unanswered(entry);
  }
}

void PublishOutcomes::describe(const ConfirmWindow::Entry* entry, const Route& route,
                               const std::string& what, std::string_view hint) {
  if (++shown_ > kShownFailures) {
    return;
  }
  const auto target = route_text(route);
  const auto number = entry != nullptr ? entry->number : 0;
  auto subject = entry != nullptr ? fmt::format("message {}", number) : "a message";
  if (entry != nullptr && entry->is_record && entry->properties.message_id) {
    subject += fmt::format(" (id '{}')", *entry->properties.message_id);
  }
  context_.observer.tell({.name = steps::kMessageFailed,
                          .level = LogLevel::warning,
                          .target = target,
                          .fields = {{"number", number}},
                          .hint = shown_ == 1 ? hint : std::string_view()},
                         "{} to {} {}{}", subject, target, what,
                         shown_ == kShownFailures ? " (more are only counted)" : "");
}

void PublishOutcomes::settle(const ConfirmWindow::Entry& entry, Exit outcome,
                             std::string_view answer) {
  list(entry, outcome, answer);
  if (resume_ != nullptr) {
    resume_->answered(entry.number, outcome);
  }
}

void PublishOutcomes::list(const ConfirmWindow::Entry& entry, Exit outcome,
                           std::string_view answer) {
  if (list_ == nullptr) {
    return;
  }
  auto& out = list_->buffer();
  JsonWriter json(out);
  json.begin_object().member("number", entry.number).member("outcome", exit_name(outcome));
  json.member("answer", answer).bytes_member("exchange", entry.route.exchange);
  json.bytes_member("routing_key", entry.route.routing_key);
  if (entry.properties.message_id) {
    json.bytes_member("message_id", *entry.properties.message_id);
  }
  json.member("times_sent", entry.times_sent).end_object();
  out += '\n';
}

void PublishOutcomes::show_progress(Duration elapsed, std::optional<double> done) {
  const auto seconds = std::chrono::duration<double>(elapsed).count();
  if (seconds < 1) {
    return;
  }
  auto text = fmt::format("{} sent, {} confirmed, {:.0f}/s", report_.sent, report_.confirmed,
                          static_cast<double>(report_.sent) / seconds);
  if (done && *done > 0) {
    text += fmt::format(", {:.0f} %, {:.0f} s left", *done * 100, seconds / *done - seconds);
  }
  context_.log.progress(text);
}

void PublishOutcomes::write_list() {
  try {
    if (list_ != nullptr && !list_->buffer().empty()) {
      list_->try_flush();
    }
  } catch (const ReaderGone&) {
    list_ = nullptr;  // a gone reader of the list does not stop the publishing
  }
}

std::size_t PublishOutcomes::unwritten() const {
  return list_ == nullptr ? 0 : list_->buffer().size();
}

int PublishOutcomes::list_fd() const { return list_ == nullptr ? -1 : list_->fd(); }

void PublishOutcomes::finish_list(const Deadline& deadline) {
  try {
    while (list_ != nullptr && !list_->try_flush()) {
      if (!wait_or_throw(list_->fd(), POLLOUT, deadline, context_.stop)) {
        throw Error(Exit::timeout, "nobody read the rest of the report in time");
      }
    }
  } catch (const ReaderGone&) {
    list_ = nullptr;
  } catch (const Interrupted&) {
    report_.interrupted = true;
  } catch (const Error& error) {
    report_.note(error);
  }
}

}  // namespace mscomm
