#include "core/consume/reply_handler.h"

#include "core/amqp/session_steps.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

// RabbitMQ returns a mandatory direct reply as unroutable, even if it can be routed.
constexpr std::string_view kDirectReply = "amq.rabbitmq.reply-to";

}  // namespace

void ReplyHandler::on_success(const CommandResult& result, DeliveryLedger& ledger) {
  const auto& request = result.job.properties;
  if (!request.reply_to) {
    context().log.warning("{} asks for no reply", result.job.name());
    ExecHandler::on_success(result, ledger);
    return;
  }
  Properties properties;
  properties.correlation_id = request.correlation_id;
  const bool mandatory = !request.reply_to->starts_with(kDirectReply);
  const auto sequence =
      session_->publish({"", *request.reply_to}, properties, result.output, mandatory);
  replies_.push_back({sequence, result.job.delivery_tag});
}

void ReplyHandler::on_event(const Event& event, DeliveryLedger& ledger) {
  const auto& log = context().log;
  if (const auto* confirm = std::get_if<Confirm>(&event)) {
    on_confirm(*confirm, ledger);
  } else if (const auto* returned = std::get_if<Returned>(&event)) {
    log.warning("the reply to '{}' came back: {} {}", returned->route.routing_key, returned->code,
                returned->text);
  } else if (const auto* blocked = std::get_if<Blocked>(&event)) {
    tell_blocked(*session_, *blocked, "", context().observer);
  } else if (std::holds_alternative<Unblocked>(event)) {
    tell_unblocked(*session_, "takes messages again", context().observer);
  }
}

void ReplyHandler::on_confirm(const Confirm& confirm, DeliveryLedger& ledger) {
  std::erase_if(replies_, [&](const Reply& reply) {
    const bool meant = reply.sequence == confirm.sequence ||
                       (confirm.multiple && reply.sequence < confirm.sequence);
    if (meant && confirm.accepted) {
      count(Exit::ok);
      ledger.decide(reply.delivery_tag, Fate::ack);
    } else if (meant) {
      count(Exit::failed);
      context().log.warning("the broker refused the reply to message {}; it goes back to the queue",
                            reply.delivery_tag);
      put_back(reply.delivery_tag, ledger);
    }
    return meant;
  });
}

void ReplyHandler::disown() {
  ExecHandler::disown();
  replies_.clear();
}

void ReplyHandler::end(Ending how, const Deadline& until, DeliveryLedger& ledger) {
  ExecHandler::end(how, until, ledger);
  for (const auto& reply : replies_) {
    ledger.decide(reply.delivery_tag, Fate::open);
  }
}

}  // namespace mscomm
