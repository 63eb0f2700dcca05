#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/amqp/management_options.h"
#include "core/amqp/queue_facts.h"
#include "core/runtime/clock.h"
#include "core/runtime/error.h"

namespace mscomm {

class HttpClient;
struct Context;

/// The management API gave no answer, so nothing is known: nothing listens there, it is something
/// else, the user may not ask it (the tag `management` is missing), or the time was up. what()
/// names its URL without the password.
class ManagementUnavailable : public Error {
 public:
  using Error::Error;
};

/// Which queues, and what of them.
struct QueueQuery {
  std::optional<std::string> vhost;  ///< nothing: every virtual host that the user may see
  std::string glob = "*";            ///< the names, by the rules of fnmatch(3)
  /// Whether QueueFacts::delivery_limit and dead_letter_exchange are wanted, which make the answers
  /// longer; they are absent otherwise.
  bool wants_settings = false;
};

/// RabbitMQ's management API (the plugin rabbitmq_management), as far as mscomm asks it. A question
/// takes no longer than `until` and than a patience of its own, nor than the command's deadline.
/// Throws ManagementUnavailable, and Interrupted on a stop signal.
class Management {
 public:
  virtual ~Management() = default;

  /// Nothing when the broker says that there is no such queue or virtual host.
  virtual std::optional<QueueFacts> queue(std::string_view vhost, std::string_view name,
                                          const Deadline& until) = 0;

  /// Calls `take` for each matching queue, in the order of virtual host and name, each at most
  /// once. Reads page by page, so that memory does not grow with the number of queues. Of queues
  /// that come or go meanwhile any may be among them. A queue that stays is missed only if between
  /// two pages one before it went and another came. Nothing, if there is no such virtual host. What
  /// `take` throws ends it.
  virtual void for_each_queue(const QueueQuery& query,
                              const std::function<void(const QueueFacts&)>& take,
                              const Deadline& until) = 0;
};

/// Through libcurl, which is loaded by the first question: nothing is parsed, read or sent before.
/// `context` must outlive it.
std::unique_ptr<Management> make_management(ManagementOptions options, const Context& context);

/// With an HTTP client other than libcurl.
std::unique_ptr<Management> make_management(ManagementOptions options,
                                            std::unique_ptr<HttpClient> client,
                                            const Context& context);

}  // namespace mscomm
