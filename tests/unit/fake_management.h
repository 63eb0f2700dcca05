#pragma once

#include <fnmatch.h>

#include <optional>
#include <string>
#include <vector>

#include "core/amqp/management.h"

namespace mscomm::test {

/// A management API without a broker: it knows these queues, or gives no answer.
class FakeManagement final : public Management {
 public:
  std::vector<QueueFacts> queues;
  std::optional<ManagementUnavailable> unavailable;
  int questions = 0;

  std::optional<QueueFacts> queue(std::string_view vhost, std::string_view name,
                                  const Deadline&) override {
    ask();
    for (const auto& queue : queues) {
      if (queue.vhost == vhost && queue.name == name) {
        return queue;
      }
    }
    return std::nullopt;
  }

  void for_each_queue(const QueueQuery& query, const std::function<void(const QueueFacts&)>& take,
                      const Deadline&) override {
    ask();
    for (const auto& queue : queues) {
      if ((!query.vhost || *query.vhost == queue.vhost) &&
          fnmatch(query.glob.c_str(), queue.name.c_str(), 0) == 0) {
        take(queue);
      }
    }
  }

 private:
  void ask() {
    ++questions;
    if (unavailable) {
      throw ManagementUnavailable(*unavailable);
    }
  }
};

}  // namespace mscomm::test
