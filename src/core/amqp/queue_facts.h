#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/amqp/broker_version.h"

namespace mscomm {

enum class QueueType {
  classic,
  quorum,
  stream,
  other,  ///< one that is not known here, or none was named
};

/// A delivery limit that is none, as x-delivery-limit=-1 says it from RabbitMQ 4.0 on.
inline constexpr std::int64_t kUnlimited = -1;

/// What a broker's management API says of a queue. Statistics come seconds late, and are missing
/// while the broker has none.
struct QueueFacts {
  std::string vhost;
  std::string name;
  QueueType type = QueueType::other;
  bool durable = false;
  bool exclusive = false;
  bool auto_delete = false;
  /// Whether the broker has said which policies apply. It has not for a quorum queue that was
  /// declared a few seconds ago, nor where settings were not asked for; then the next two may be
  /// unknown.
  bool policies_known = false;
  /// How many returns a message survives: the smallest of the argument, the policies (operator
  /// policies included) and what the queue says itself (from 4.1 on). A negative one is no limit
  /// and gives way (rabbit_quorum_queue:resolve_delivery_limit/2). Nothing: nobody set one, and the
  /// version's default holds. See effective_delivery_limit().
  std::optional<std::int64_t> delivery_limit;
  /// By argument, else by policy. An empty name is the default exchange.
  std::optional<std::string> dead_letter_exchange;
  std::optional<std::uint64_t> messages;
  std::optional<std::uint64_t> ready;
  std::optional<std::uint64_t> unacknowledged;
  std::optional<std::uint64_t> consumers;
};

/// How many returns a message of the queue survives: what was set, else the version's default. For
/// a queue of unknown type the answer is that for a quorum queue. Nothing: any number. While the
/// policies are unknown, it may be fewer.
std::optional<std::int64_t> effective_delivery_limit(const QueueFacts& queue,
                                                     const BrokerVersion& version);

/// Reads the object of one queue, as `GET /api/queues/VHOST/NAME` and the items of `GET
/// /api/queues` have it. Nothing when it is not that: no object, or without a name. Members of
/// another type than the documented one count as missing.
std::optional<QueueFacts> read_queue_facts(const nlohmann::ordered_json& json);

}  // namespace mscomm
