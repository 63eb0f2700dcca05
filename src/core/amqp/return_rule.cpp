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
  rule.is_quorum = queue.type == QueueType::quorum;
  rule.limit = effective_delivery_limit(queue, version);
  rule.is_certain = queue.policies_known;
  rule.dead_letters = queue.dead_letter_exchange.has_value();
  return rule;
}

ReturnRule rule_of(const QueueDeclaration& queue, const BrokerVersion& version) {
  ReturnRule rule;
  const auto* type = find_field(queue.arguments, "x-queue-type");
  rule.counts = rule.is_quorum = type != nullptr && *type == FieldValue::text("quorum");
  rule.limit = version.default_delivery_limit();
  if (const auto* limit = find_field(queue.arguments, "x-delivery-limit"); limit != nullptr) {
    rule.limit = integer_of(*limit);
  }
  rule.limit = rule.limit && *rule.limit < 0 ? std::nullopt : rule.limit;
  rule.is_certain = false;
  rule.dead_letters = find_field(queue.arguments, "x-dead-letter-exchange") != nullptr;
  return rule;
}

}  // namespace

std::string ReturnRule::text() const {
  return limit
             ? fmt::format("{} what goes back more than {} time{}",
                           dead_letters ? "dead-letters" : "drops", *limit, *limit == 1 ? "" : "s")
             : "may drop what goes back: the broker did not say whether a policy limits that";
}

ReturnRule find_return_rule(Session& session, const std::string& queue,
                            const std::string& management_url, const Context& context) {
  const auto& version = session.version();
  if (!version.nack_counts_as_delivery_attempt()) {
    return {.counts = false};
  }
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
    return rule_of(*settings, version);
  }
  return {.limit = version.default_delivery_limit(), .is_certain = false};
}

}  // namespace mscomm
