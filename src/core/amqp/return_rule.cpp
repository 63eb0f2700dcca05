#include "core/amqp/return_rule.h"

#include <fmt/format.h>

#include "core/amqp/management.h"
#include "core/amqp/topology.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

bool counts_returns(QueueType type) {
  return type == QueueType::quorum || type == QueueType::other;
}

ReturnRule rule_of(const QueueFacts& queue, const BrokerVersion& version) {
  ReturnRule rule;
  rule.counts = counts_returns(queue.type);
  rule.limit = effective_delivery_limit(queue, version);
  rule.is_certain = queue.policies_known;
  rule.dead_letters = queue.dead_letter_exchange.has_value();
  return rule;
}

// What a declaration says; the policies stay unknown.
QueueFacts facts_of(const QueueDeclaration& queue) {
  QueueFacts facts;
  const auto* type = find_field(queue.arguments, "x-queue-type");
  const bool is_quorum = type != nullptr && *type == FieldValue::text("quorum");
  facts.type = is_quorum ? QueueType::quorum : QueueType::classic;
  const auto* limit = find_field(queue.arguments, "x-delivery-limit");
  facts.delivery_limit = limit != nullptr ? integer_of(*limit) : std::nullopt;
  if (find_field(queue.arguments, "x-dead-letter-exchange") != nullptr) {
    facts.dead_letter_exchange.emplace();
  }
  return facts;
}

}  // namespace

std::string ReturnRule::text() const {
  return is_certain && limit
             ? fmt::format("{} what goes back more than {} time{}",
                           dead_letters ? "dead-letters" : "drops", *limit, *limit == 1 ? "" : "s")
             : "may drop what goes back: the broker does not say, or not yet, how often it may";
}

ReturnRule find_return_rule(Session& session, const std::string& queue,
                            const std::string& management_url, const Context& context) {
  const auto& version = session.version();
  try {
    const auto management =
        make_management(management_options(management_url, session.broker()), context);
    if (const auto facts = management->queue(session.broker().vhost, queue, context.deadline)) {
      return rule_of(*facts, version);
    }
  } catch (const ManagementUnavailable& error) {
    context.log.info("{}", error.what());
  }
  if (const auto settings = ask_for_settings(session, queue)) {
    return rule_of(facts_of(*settings), version);
  }
  return {.limit = version.default_delivery_limit(), .is_certain = false};
}

}  // namespace mscomm
