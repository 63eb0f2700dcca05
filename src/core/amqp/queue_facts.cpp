#include "core/amqp/queue_facts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

const Json* member(const Json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() ? &*found : nullptr;
}

std::optional<std::string> text_of(const Json* value) {
  return value != nullptr && value->is_string() ? std::optional(value->get<std::string>())
                                                : std::nullopt;
}

bool flag_of(const Json* value) {
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

std::optional<std::uint64_t> count_of(const Json* value) {
  return value != nullptr && value->is_number_unsigned()
             ? std::optional(value->get<std::uint64_t>())
             : std::nullopt;
}

std::optional<std::int64_t> limit_of(const Json* value) {
  // A count beyond 63 bits is no limit that a message could reach.
  return value != nullptr && value->is_number_integer() ? std::optional(value->get<std::int64_t>())
                                                        : std::nullopt;
}

// What a quorum queue of 4.1 says itself, some seconds after its declaration: a number or
// "unlimited".
std::optional<std::int64_t> stated_limit_of(const Json* value) {
  return text_of(value) == "unlimited" ? std::optional(kUnlimited) : limit_of(value);
}

// The smaller one, where a negative one is no limit.
std::optional<std::int64_t> stricter(std::optional<std::int64_t> a, std::optional<std::int64_t> b) {
  if (!a || !b) {
    return a ? a : b;
  }
  return *a < 0 || *b < 0 ? std::max(*a, *b) : std::min(*a, *b);
}

QueueType type_of(const Json* value) {
  const auto name = text_of(value);
  return name == "classic"  ? QueueType::classic
         : name == "quorum" ? QueueType::quorum
         : name == "stream" ? QueueType::stream
                            : QueueType::other;
}

void read_settings(const Json& json, QueueFacts& queue) {
  const Json nothing;
  const auto* const arguments = member(json, "arguments");
  const auto* const policy = member(json, "effective_policy_definition");
  const auto& given = arguments == nullptr ? nothing : *arguments;
  const auto& ruled = policy == nullptr ? nothing : *policy;
  queue.policies_known = policy != nullptr && !policy->is_null();
  queue.delivery_limit = stricter(stricter(limit_of(member(given, "x-delivery-limit")),
                                           limit_of(member(ruled, "delivery-limit"))),
                                  stated_limit_of(member(json, "delivery_limit")));
  queue.dead_letter_exchange = text_of(member(given, "x-dead-letter-exchange"));
  if (!queue.dead_letter_exchange) {
    queue.dead_letter_exchange = text_of(member(ruled, "dead-letter-exchange"));
  }
}

}  // namespace

std::optional<QueueFacts> read_queue_facts(const Json& json) {
  const auto vhost = text_of(member(json, "vhost"));
  const auto name = text_of(member(json, "name"));
  if (!vhost || !name) {
    return std::nullopt;
  }
  QueueFacts queue;
  queue.vhost = *vhost;
  queue.name = *name;
  queue.type = type_of(member(json, "type"));
  queue.durable = flag_of(member(json, "durable"));
  queue.exclusive = flag_of(member(json, "exclusive"));
  queue.auto_delete = flag_of(member(json, "auto_delete"));
  read_settings(json, queue);
  queue.messages = count_of(member(json, "messages"));
  queue.ready = count_of(member(json, "messages_ready"));
  queue.unacknowledged = count_of(member(json, "messages_unacknowledged"));
  queue.consumers = count_of(member(json, "consumers"));
  return queue;
}

std::optional<std::int64_t> effective_delivery_limit(const QueueFacts& queue,
                                                     const BrokerVersion& version) {
  if (queue.type == QueueType::classic || queue.type == QueueType::stream) {
    return std::nullopt;
  }
  if (queue.delivery_limit) {
    return *queue.delivery_limit < 0 ? std::nullopt : queue.delivery_limit;
  }
  return version.default_delivery_limit();
}

}  // namespace mscomm
