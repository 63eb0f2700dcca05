#include "core/consume/forward_handler.h"

#include <fmt/format.h>

#include <utility>

#include "core/amqp/connector.h"
#include "core/message/route_text.h"
#include "core/publish/publish_outcomes.h"
#include "core/runtime/signals.h"
#include "core/telemetry/step_names.h"

namespace mscomm {

void copy_unchanged(const DeliveryRecord& record,
                    const std::function<void(const Delivery& copy)>& take) {
  take(record.delivery);
}

ForwardHandler::ForwardHandler(ForwardPlan plan, const PublishPlan& sending, MakeCopies make_copies,
                               SessionOwner& target, const Context& context)
    : plan_(std::move(plan)),
      sending_(sending),
      target_(target->name()),
      make_copies_(std::move(make_copies)),
      context_(context),
      copier_(target, sending_, context) {
  if (plan_.rate) {
    pacer_.emplace(*plan_.rate, context.clock.now());
  }
}

// Only the default exchange can be asked: others might route the question to a queue.
void ForwardHandler::check_target() {
  if (!plan_.origin && plan_.exchange.empty()) {
    try {
      copier_.check_permission();
    } catch (const Error& error) {
      throw about_copies(error);
    }
  }
}

bool ForwardHandler::take(const DeliveryRecord& record) {
  if (queue_ != record.queue) {
    queue_ = record.queue;
  }
  if (pacer_) {
    if (std::exchange(was_idle_, false)) {
      pacer_->was_idle_until(context_.clock.now());
    }
    pacer_->took_place();
  }
  try {
    start_copies(record);
  } catch (const Error& error) {
    if (error.reason() != Exit::failed) {
      throw;
    }
    unplaceable_.push_back({.delivery_tag = record.delivery.delivery_tag,
                            .message_id = record.delivery.properties->message_id,
                            .why = error.what()});
  }
  // What was copied over the lost connection comes again with this flag.
  perhaps_copied_ += source_was_lost_ && record.delivery.redelivered ? 1U : 0U;
  room_ = copier_.has_room();
  return false;
}

void ForwardHandler::start_copies(const DeliveryRecord& record) {
  std::size_t copies = 0;
  make_copies_(record, [&](const Delivery& copy) {
    auto [route, properties] = target_of(copy, record.queue, plan_);
    copier_.add(copy, std::move(route), std::move(properties));
    ++copies;
  });
  const auto tag = record.delivery.delivery_tag;
  if (copies == 0) {
    without_copy_.push_back(tag);
  } else if (copies > 1) {
    several_[tag].without_result = copies;
  }
}

void ForwardHandler::advance(DeliveryLedger& ledger) {
  for (const auto tag : std::exchange(without_copy_, {})) {
    ++handled_.messages;
    ledger.decide(tag, Fate::hold);
  }
  for (const auto& result : std::exchange(unplaceable_, {})) {
    conclude(result, ledger);
  }
  try {
    collect(copier_.advance(), ledger);
  } catch (const Error& error) {
    gives_up_ = true;
    throw about_copies(error);
  }
  if (const auto* error = copier_.error(); error != nullptr && !failure_) {
    failure_ = about_copies(*error);
  }
  room_ = copier_.has_room();
  // It was time for a message, and none was there.
  was_idle_ = was_idle_ || has_room();
  if (ending_ && (!is_working() || grace_.passed(context_.clock.now()))) {
    close(ledger);
  }
}

// The hints of a publisher name options that there are not.
Error ForwardHandler::about_copies(const Error& error) const {
  const bool stays = error.reason() == Exit::failed || error.reason() == Exit::timeout;
  return {error.reason(), fmt::format("copies to {}: {}", target_, error.what()),
          stays ? "what was not confirmed there stays in its queue" : error.hint()};
}

void ForwardHandler::collect(const std::vector<CopyResult>& results, DeliveryLedger& ledger) {
  for (const auto& result : results) {
    collect_copy(result, ledger);
  }
  handled_.maybe_twice = perhaps_copied_ + copier_.report().resent;
}

void ForwardHandler::collect_copy(const CopyResult& result, DeliveryLedger& ledger) {
  const auto found = several_.empty() ? several_.end() : several_.find(result.delivery_tag);
  if (found == several_.end()) {
    perhaps_copied_ += result.in_doubt ? 1U : 0U;
    conclude(result, ledger);
    return;
  }
  auto& copies = found->second;
  copies.any_placed = copies.any_placed || result.placed || result.in_doubt;
  if (!result.placed && !copies.failed) {
    copies.failed = result;
  }
  if (--copies.without_result > 0) {
    return;
  }
  perhaps_copied_ += copies.failed && copies.any_placed ? 1U : 0U;
  conclude(copies.failed.value_or(result), ledger);
  several_.erase(found);
}

void ForwardHandler::conclude(const CopyResult& result, DeliveryLedger& ledger) {
  ++handled_.messages;
  if (result.placed) {
    handled_.outcomes.add(Exit::ok);
    ledger.decide(result.delivery_tag, Fate::ack);
    return;
  }
  handled_.outcomes.add(result.in_doubt ? Exit::in_doubt : Exit::failed);
  ledger.decide(result.delivery_tag, Fate::hold);
  // The end of the run, or of the target's session, is told once.
  if (!ending_ && copier_.error() == nullptr) {
    tell(result);
  }
}

void ForwardHandler::tell(const CopyResult& result) {
  if (++shown_ > kShownFailures) {
    return;
  }
  const bool has_copy = !result.route.routing_key.empty() || !result.route.exchange.empty();
  const auto target = has_copy ? route_text(result.route) : std::string();
  context_.observer.tell({.name = steps::kMessageFailed,
                          .level = LogLevel::warning,
                          .target = target,
                          .fields = {{"number", result.delivery_tag}},
                          .hint = shown_ == 1 ? result.hint : std::string_view()},
                         "message {}{} stays in queue '{}': {}{}{}", result.delivery_tag,
                         result.message_id ? fmt::format(" (id '{}')", *result.message_id) : "",
                         queue_, has_copy ? fmt::format("the copy to {} ", target) : "it ",
                         result.why, shown_ == kShownFailures ? " (more are only counted)" : "");
}

bool ForwardHandler::has_room() const {
  return room_ && (!pacer_ || pacer_->is_due(context_.clock.now()));
}

Deadline ForwardHandler::wake_at() const {
  const auto wake = copier_.wake_at().min(grace_);
  return room_ && pacer_ && !pacer_->is_due(context_.clock.now())
             ? wake.min(Deadline(pacer_->due()))
             : wake;
}

void ForwardHandler::disown() {
  copier_.disown();
  unplaceable_.clear();
  without_copy_.clear();
  several_.clear();
  source_was_lost_ = true;
}

void ForwardHandler::end(Ending how, const Deadline& until, DeliveryLedger& ledger) {
  ending_ = true;
  if (is_interrupted()) {
    copier_.stop_recovering();
  }
  grace_ = is_interrupted() ? Deadline(context_.clock.now() + kGrace) : until;
  if (how != Ending::finish || gives_up_ || !is_working()) {
    close(ledger);
  }
}

bool ForwardHandler::is_interrupted() const { return context_.stop.signal_number() != 0; }

void ForwardHandler::close(DeliveryLedger& ledger) {
  if (!std::exchange(closed_, true)) {
    grace_ = {};
    room_ = false;
    const bool hurried = is_interrupted() || is_working();
    collect(copier_.close(goodbye_deadline(hurried, context_)), ledger);
  }
}

}  // namespace mscomm
