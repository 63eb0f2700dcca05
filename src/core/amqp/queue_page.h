#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/amqp/queue_facts.h"

namespace mscomm {

/// A page of the management API's list of queues.
struct QueuePage {
  std::vector<QueueFacts> queues;  ///< in the order of place_of()
  std::uint64_t count = 0;         ///< of all pages' queues together
  std::uint64_t pages = 0;
};

/// What the list is sorted by.
inline auto place_of(const QueueFacts& queue) { return std::tie(queue.vhost, queue.name); }

/// Reads the answer to `GET /api/queues?page=N`. Nothing when it is not that, or not in order.
std::optional<QueuePage> read_queue_page(const nlohmann::ordered_json& json);

/// A regular expression for the API's parameter `name`, which matches at least the names that the
/// glob does (the API's matches ignore case), so that it sends fewer; empty: all.
std::string wider_expression(std::string_view glob);

}  // namespace mscomm
