#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/amqp/session.h"

namespace mscomm {

/// The kinds of queue that `--declare=KIND` names; `any` is a bare `--declare`.
enum class QueueKind { any, durable, transient, quorum, stream, exclusive };

/// A queue as the user asked for it. What was not asked for by name may differ in a queue that
/// exists already.
struct QueueWish {
  std::string name;
  QueueKind kind = QueueKind::any;
  FieldTable arguments;
};

/// An exchange as the user asked for it; what is not set may differ in an existing one.
struct ExchangeWish {
  std::string name;
  std::optional<std::string> type;
  std::optional<bool> durable;
  FieldTable arguments;
  std::string default_type = "fanout";  ///< of an exchange that has to be made
};

/// Creates the queue if it is missing and uses it as it is if it exists.
///
/// A redeclaration that differs is refused by the broker (406); each difference that nobody asked
/// for is then taken over from the existing queue and the declaration tried again, so that only a
/// difference in something asked for by name is an error: Error{failed} that shows both values.
QueueState ensure_queue(Session& session, const QueueWish& wish);

/// The same for an exchange. The names `amq.*` belong to the broker: unless something
/// was asked for by name they are only looked up.
void ensure_exchange(Session& session, const ExchangeWish& wish);

/// What a command is to make of a queue before it uses it.
struct TopologyOptions {
  bool declare = false;           ///< the queue is made if it is missing
  std::optional<QueueKind> kind;  ///< when it was asked for by name
  FieldTable queue_arguments;
  std::optional<std::string> exchange_type;  ///< exchanges to bind to are made if they are missing
  std::vector<std::string> bindings;         ///< EXCHANGE or EXCHANGE:KEY
};

/// Declares the queue where that is asked for, binds it, and returns its name. An empty name is a
/// temporary queue of this connection. Throws what ensure_queue() throws.
std::string prepare_queue(Session& session, const std::string& name,
                          const TopologyOptions& options);

/// What the broker knows of a queue. Throws ChannelRefusal when it is not there, or its node is
/// not.
QueueState look_up_queue(Session& session, const std::string& name);

/// Whether a refusal of look_up_queue() says that there is no such queue. Else it is there, and the
/// node that leads it is not.
bool is_no_queue(const ChannelRefusal& refusal);

/// What a 406 says differs, for example argument "durable", received "true", current "false".
struct Mismatch {
  std::string argument;
  std::string received;  ///< empty for "none"
  std::string current;
  std::string current_type;  ///< of an x-argument: "longstr", "signedint", "bool"...
};

/// Reads RabbitMQ's text of an inequivalent declaration (rabbit_misc:assert_args_equivalence1);
/// nothing when it is something else.
std::optional<Mismatch> parse_mismatch(const std::string& text);

}  // namespace mscomm
