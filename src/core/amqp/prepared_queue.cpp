#include "core/amqp/prepared_queue.h"

#include <amqp.h>

namespace mscomm {
namespace {

// Those of a --bind without a key. `type` is empty if it is not known yet.
std::vector<std::string> keys_of_binding(Session& session, const std::string& exchange,
                                         const std::string& type, const Log& log) {
  if (!type.empty()) {
    return keys_for_everything(exchange, type, log);
  }
  try {
    // What is not there, or is the default exchange, cannot be bound to; the broker says so.
    if (exchange.empty() || !has_exchange(session, exchange)) {
      return {""};
    }
    return keys_for_everything(exchange, ensure_exchange(session, {exchange, {}, {}, {}}), log);
  } catch (const ChannelRefusal& refusal) {
    if (refusal.code() != AMQP_ACCESS_REFUSED) {
      throw;
    }
    return keys_for_everything(exchange, "", log);  // who may not ask may still bind
  }
}

}  // namespace

std::string prepare_queue(Session& session, const std::string& name, const TopologyOptions& options,
                          ListenerTopology* own, const Log& log) {
  auto queue = name;
  if (name.empty()) {
    queue = ensure_queue(session, {name, QueueKind::exclusive, options.queue_arguments}).name;
  } else if (options.declare) {
    ensure_queue(session, {name, options.kind.value_or(QueueKind::any), options.queue_arguments});
  }
  if (own != nullptr) {
    own->set_queue(queue);
  }
  for (const auto& binding : options.bindings) {
    const auto colon = binding.find(':');
    const auto exchange = binding.substr(0, colon);
    std::string type;
    if (options.exchange_type) {
      const ExchangeWish wish{exchange, options.exchange_type, std::nullopt, {}};
      type = own != nullptr ? own->ensure_exchange(session, wish) : ensure_exchange(session, wish);
    }
    const auto keys = colon == std::string::npos
                          ? keys_of_binding(session, exchange, type, log)
                          : std::vector<std::string>{binding.substr(colon + 1)};
    for (const auto& key : keys) {
      session.bind({queue, exchange, key, {}});
    }
  }
  return queue;
}

}  // namespace mscomm
