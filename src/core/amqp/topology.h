#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/amqp/session.h"
#include "core/telemetry/log.h"

namespace mscomm {

/// The kinds of queue that `--declare=KIND` names; `any` is a bare `--declare`.
enum class QueueKind { any, durable, transient, quorum, stream, exclusive };

/// The queue that the user asked for. A setting that the user did not ask for may differ in an
/// existing queue.
struct QueueWish {
  std::string name;
  QueueKind kind = QueueKind::any;
  FieldTable arguments;
};

/// The exchange that the user asked for; a setting that is absent may differ in an existing one. A
/// new one is a durable fanout exchange, where nothing else was asked for.
struct ExchangeWish {
  std::string name;
  std::optional<std::string> type;
  std::optional<bool> durable;
  FieldTable arguments;
};

/// Creates the queue if it is missing, and accepts an existing queue.
///
/// The broker refuses a redeclaration that differs (406). A difference that the user did not ask
/// for is then taken over from the existing queue, and the declaration is tried again. A difference
/// in a setting that the user asked for is Error{failed} that shows both values.
QueueState ensure_queue(Session& session, const QueueWish& wish);

/// The same for an exchange; returns its type. The names `amq.*` are reserved for the broker:
/// without a type or a durability asked for, such an exchange is only looked up.
///
/// The type is empty when it is not known: to ask for it takes the permission `configure`.
std::string ensure_exchange(Session& session, const ExchangeWish& wish);

/// Whether there is the exchange, by a passive exchange.declare.
bool has_exchange(Session& session, const std::string& name);

/// The binding keys with which a queue gets every message of an exchange of this type; both that do
/// so for some type when the type is not known. For a type that has no such key, for example
/// direct, the empty one, with a warning.
std::vector<std::string> keys_for_everything(const std::string& exchange, const std::string& type,
                                             const Log& log);

/// The state of a queue, by a passive queue.declare. Throws ChannelRefusal when the queue does not
/// exist or its node is down.
QueueState look_up_queue(Session& session, const std::string& name);

/// As look_up_queue(), but nothing where the user may not ask for want of the permission that this
/// version of the broker takes (BrokerVersion::passive_declare_needs_configure()).
std::optional<QueueState> look_up_queue_if_permitted(Session& session, const std::string& name);

/// The settings of an existing queue, over AMQP alone: it is declared again until the broker, which
/// names each difference, agrees. Its type is an argument, unless it is classic and does not say
/// so. Nothing when there is no such queue, or this user may not ask: it takes the permission
/// `configure`. The broker logs each difference as an error, so ask the management API first.
std::optional<QueueDeclaration> ask_for_settings(Session& session, const std::string& name);

/// Whether a refusal of look_up_queue() says that the queue does not exist. Otherwise it exists,
/// and the node of its leader is down.
bool is_no_queue(const ChannelRefusal& refusal);

/// The difference that a 406 reports: argument "durable", received "true", current "false".
struct Mismatch {
  std::string argument;
  std::string received;  ///< empty for "none"
  std::string current;
  std::string current_type;  ///< for an x-argument: "longstr", "signedint", "bool"...
};

/// Parses RabbitMQ's text for an inequivalent declaration (rabbit_misc:assert_args_equivalence1);
/// nothing for any other text.
std::optional<Mismatch> parse_mismatch(const std::string& text);

}  // namespace mscomm
