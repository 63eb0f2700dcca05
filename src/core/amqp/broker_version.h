#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mscomm {

/// Which broker answered, by connection.start's server-properties (AMQP 0-9-1 §1.4.2.1), and what
/// it does differently from others. Every decision by product or version is a question here. A
/// product that is not RabbitMQ, or a version that cannot be read, gets the careful answer.
struct BrokerVersion {
  std::string product;    ///< "RabbitMQ"; as sent, see name()
  std::string version;    ///< "4.1.0-rc.1", "3.13.0+2.gabc"; as sent
  bool is_known = false;  ///< RabbitMQ with a version that could be read; else the numbers are 0
  unsigned major = 0;
  unsigned minor = 0;
  unsigned patch = 0;
  bool is_prerelease = false;  ///< "-beta.2": before that version (semver.org, rule 11)

  /// "RabbitMQ 3.10.8": what the broker sent, in one line, cut, without control characters.
  [[nodiscard]] std::string name() const;

  /// How many returns a message survives in a quorum queue to which nobody gave a limit: 20 from
  /// 4.0 on; before that any number, which is nothing here (4.0 release notes, "Quorum Queues Now
  /// Have a Default Redelivery Limit").
  [[nodiscard]] std::optional<std::int64_t> default_delivery_limit() const;

  /// Whether basic.nack with requeue counts towards the delivery limit of a quorum queue as
  /// basic.reject and lost connections do: up to 4.2 it does (4.3 release notes).
  [[nodiscard]] bool nack_counts_as_delivery_attempt() const;

  /// Whether the consumer timeout of a quorum queue arrives as basic.cancel, where the client
  /// declares `consumer_cancel_notify`, and the channel stays; before 4.3 it closes the channel
  /// with 406 (rabbit_channel:handle_queue_actions at v4.3.0).
  [[nodiscard]] bool consumer_timeout_is_cancel() const;

  /// Whether a passive queue.declare takes the permission `configure`: only 4.2.6 and 4.3.0 do
  /// that, the releases after them accept any permission (4.2.7 and 4.3.1 release notes).
  [[nodiscard]] bool passive_declare_needs_configure() const;

 private:
  [[nodiscard]] bool is_at_least(unsigned other_major, unsigned other_minor) const;
  [[nodiscard]] bool has_queues_of_4_3() const;
};

/// Reads the two properties. Takes any text.
BrokerVersion parse_broker_version(std::string_view product, std::string_view version);

}  // namespace mscomm
