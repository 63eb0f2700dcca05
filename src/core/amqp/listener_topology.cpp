#include "core/amqp/listener_topology.h"

#include <amqp.h>

#include <algorithm>
#include <utility>

#include "core/runtime/signals.h"

namespace mscomm {
namespace {

bool is_missing(Session& session, const std::string& exchange) try {
  return !exchange.starts_with("amq.") && !has_exchange(session, exchange);
} catch (const ChannelRefusal& refusal) {
  // Some versions demand the permission `configure` for the question; who lacks it makes nothing.
  if (refusal.code() != AMQP_ACCESS_REFUSED) {
    throw;
  }
  return false;
}

// RabbitMQ's wording (rabbit_channel, exchange.delete with if-unused).
bool is_in_use(const ChannelRefusal& refusal) {
  return refusal.code() == AMQP_PRECONDITION_FAILED &&
         refusal.text().find(" in use") != std::string::npos;
}

}  // namespace

ListenerTopology::Exchange& ListenerTopology::known(const std::string& name) {
  const auto found = std::ranges::find(exchanges_, name, &Exchange::name);
  return found != exchanges_.end() ? *found : exchanges_.emplace_back(Exchange{name});
}

// Somebody else may make it between the question and the declaration: the broker does not say who
// was first.
std::string ListenerTopology::ensure_exchange(Session& session, const ExchangeWish& wish) {
  auto& exchange = known(wish.name);
  if (!exchange.made && !exchange.used) {
    exchange.made = is_missing(session, wish.name);
  }
  try {
    auto type = mscomm::ensure_exchange(session, wish);
    has_made_ = has_made_ || exchange.made;
    return type;
  } catch (const Error& error) {
    // Without an answer it may have been made.
    exchange.made = exchange.made && error.reason() == Exit::timeout;
    has_made_ = has_made_ || exchange.made;
    throw;
  } catch (const Interrupted&) {
    has_made_ = has_made_ || exchange.made;
    throw;
  }
}

void ListenerTopology::note_message(std::string_view exchange) {
  if (!has_made_) {
    return;
  }
  const bool is_known =
      std::ranges::find(exchanges_, exchange, &Exchange::name) != exchanges_.end();
  for (auto& each : exchanges_) {
    if (!is_known || each.name == exchange) {
      each.made = false;
      each.used = true;
    }
  }
  has_made_ = std::ranges::any_of(exchanges_, &Exchange::made);
}

void ListenerTopology::remove(Session& session, const Deadline& deadline, const Log& log) {
  if (!std::exchange(has_made_, false)) {
    return;
  }
  if (!queue_.empty()) {
    session.delete_queue(queue_);
  }
  for (auto& exchange : exchanges_) {
    if (!std::exchange(exchange.made, false)) {
      continue;
    }
    try {
      session.delete_exchange(exchange.name, deadline);
    } catch (const Error& error) {
      const auto* refusal = dynamic_cast<const ChannelRefusal*>(&error);
      const bool is_kept = refusal != nullptr && is_in_use(*refusal);
      if (!is_kept) {
        log.warning("exchange '{}' was made to listen to it and may still be there: {}",
                    exchange.name, error.what());
      }
    }
  }
}

void ListenerTopology::abandon(Session& session, const Context& context) noexcept {
  try {
    throw;
  } catch (const Interrupted&) {
    context.stop.acknowledge();
  } catch (...) {
    // A signal that comes now is not for this.
  }
  try {
    remove(session, Deadline(context.clock.now() + kGrace), context.log);
  } catch (const std::exception&) {
    // What ends the command is on its way already.
  }
}

}  // namespace mscomm
