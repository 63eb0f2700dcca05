#include "core/amqp/topology.h"

#include <amqp.h>
#include <amqp_framing.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "core/amqp/broker_error.h"

namespace mscomm {
namespace {

// As many x-arguments as a queue can reasonably differ in.
constexpr int kMaxAttempts = 32;

std::string after(const std::string& text, std::string_view label) {
  const auto start = text.find(label);
  return start == std::string::npos ? std::string() : text.substr(start + label.size());
}

// "the value 'quorum' of type 'longstr'", "'true'" or "none".
void parse_value(const std::string& text, std::string& value, std::string* type) {
  if (text.starts_with("none")) {
    return;
  }
  value = quoted_after(text, "");
  if (type != nullptr && text.starts_with("the value")) {
    *type = quoted_after(text, "of type");
  }
}

bool is_on(const std::string& value) { return value == "true"; }

// Takes over the existing value of an x-argument. False when its type is unknown.
bool adopt_argument(FieldTable& arguments, const Mismatch& mismatch) {
  std::erase_if(arguments, [&](const auto& entry) { return entry.first == mismatch.argument; });
  if (mismatch.current_type.empty()) {
    return mismatch.current.empty();
  }
  if (mismatch.current_type == "longstr") {
    arguments.emplace_back(mismatch.argument, FieldValue::text(mismatch.current));
    return true;
  }
  if (mismatch.current_type == "bool") {
    arguments.emplace_back(mismatch.argument, FieldValue::boolean(is_on(mismatch.current)));
    return true;
  }
  std::int64_t number = 0;
  const auto* end = mismatch.current.data() + mismatch.current.size();
  if (std::from_chars(mismatch.current.data(), end, number).ptr != end) {
    return false;
  }
  // The broker compares integers by value, whatever their width.
  arguments.emplace_back(mismatch.argument, FieldValue::integer(number));
  return true;
}

// Takes over the existing value of a queue's setting. False when that is not understood.
bool adopt_setting(QueueDeclaration& queue, const Mismatch& mismatch) {
  if (mismatch.argument == "durable") {
    queue.durable = is_on(mismatch.current);
  } else if (mismatch.argument == "auto_delete") {
    queue.auto_delete = is_on(mismatch.current);
  } else if (mismatch.argument == "exclusive") {
    queue.exclusive = is_on(mismatch.current);
  } else {
    return adopt_argument(queue.arguments, mismatch);
  }
  return true;
}

// The word of the command line for the setting that differs, for the hint.
std::string_view wish_for(const std::string& what, const std::string& argument) {
  return what.starts_with("exchange") && argument == "durable"      ? "durability"
         : argument == "type"                                       ? "type"
         : argument.starts_with("x-") && argument != "x-queue-type" ? "argument"
                                                                    : "kind";
}

Error mismatch_error(const std::string& what, const Mismatch& mismatch) {
  const auto shown = [](const std::string& value) { return value.empty() ? "none" : value; };
  return {Exit::failed,
          fmt::format("{} exists with {}={}, but {}={} was asked for", what, mismatch.argument,
                      shown(mismatch.current), mismatch.argument, shown(mismatch.received)),
          fmt::format("leave the {} away to use it as it is, or delete it first",
                      wish_for(what, mismatch.argument))};
}

// RabbitMQ strips line breaks from names (rabbit_channel:strip_cr_lf) and would use another name.
void refuse_line_breaks(const std::string& name, std::string_view what) {
  if (name.find_first_of("\r\n") != std::string::npos) {
    throw Error(Exit::usage, fmt::format("the {}'s name has a line break: the broker would make "
                                         "one of another name",
                                         what));
  }
}

// The type of the broker's own exchange (rabbit_exchange; amq.rabbitmq.log and its like are
// topics); empty for any other.
std::string type_of_reserved(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTypes{
      {{"amq.direct", "direct"},
       {"amq.fanout", "fanout"},
       {"amq.headers", "headers"},
       {"amq.match", "headers"},
       {"amq.topic", "topic"}}};
  for (const auto& [reserved, type] : kTypes) {
    if (name == reserved) {
      return std::string(type);
    }
  }
  return name.starts_with("amq.rabbitmq.") ? "topic" : "";
}

// Throws Error{failed} for what cannot be created because of its name.
void refuse_reserved(const std::string& name, const ChannelRefusal& refusal) {
  if (name.starts_with("amq.") &&
      (refusal.code() == AMQP_NOT_FOUND || refusal.code() == AMQP_ACCESS_REFUSED)) {
    throw Error(Exit::failed, refusal.what(),
                "names that begin with amq. are the broker's own and cannot be created");
  }
}

QueueDeclaration declaration_of(const QueueWish& wish, std::vector<std::string>& asked) {
  QueueDeclaration queue;
  queue.name = wish.name;
  queue.arguments = wish.arguments;
  for (const auto& [name, value] : wish.arguments) {
    asked.push_back(name);
  }
  switch (wish.kind) {
    case QueueKind::any:
      break;
    case QueueKind::durable:
      asked.emplace_back("durable");
      break;
    case QueueKind::transient:
      queue.durable = false;
      asked.emplace_back("durable");
      break;
    case QueueKind::quorum:
    case QueueKind::stream:
      queue.arguments.emplace_back(
          "x-queue-type", FieldValue::text(wish.kind == QueueKind::quorum ? "quorum" : "stream"));
      asked.emplace_back("x-queue-type");
      break;
    case QueueKind::exclusive:
      queue.durable = false;
      queue.exclusive = true;
      queue.auto_delete = wish.name.empty();
      asked.emplace_back("exclusive");
      break;
  }
  return queue;
}

// Declares with `declare` until the broker agrees; after each refusal `adopt` adapts `declaration`
// to the existing queue or exchange.
template <class Declaration, class Declare, class Adopt>
auto declare_adapting(const std::string& what, Declaration declaration,
                      const std::vector<std::string>& asked, Declare declare, Adopt adopt) {
  std::optional<ChannelRefusal> denied;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    try {
      return declare(declaration);
    } catch (const ChannelRefusal& refusal) {
      if (refusal.code() == AMQP_ACCESS_REFUSED && asked.empty()) {
        denied = refusal;  // may not create it, but may use it if it exists
        break;
      }
      const auto mismatch = parse_mismatch(refusal.text());
      if (refusal.code() != AMQP_PRECONDITION_FAILED || !mismatch) {
        throw;
      }
      if (std::ranges::find(asked, mismatch->argument) != asked.end()) {
        throw mismatch_error(what, *mismatch);
      }
      if (!adopt(declaration, *mismatch)) {
        break;
      }
    }
  }
  declaration.passive = true;
  try {
    return declare(declaration);
  } catch (const ChannelRefusal& refusal) {
    if (denied && refusal.code() == AMQP_NOT_FOUND) {
      throw ChannelRefusal(
          std::as_const(*denied));  // the missing permission is the cause, not the missing queue
    }
    throw;
  }
}

}  // namespace

std::optional<Mismatch> parse_mismatch(const std::string& text) {
  Mismatch mismatch;
  mismatch.argument = quoted_after(text, "inequivalent arg");
  const auto received = after(text, ": received ");
  if (mismatch.argument.empty() || received.empty()) {
    return std::nullopt;
  }
  parse_value(received, mismatch.received, nullptr);
  parse_value(after(received, "but current is "), mismatch.current, &mismatch.current_type);
  return mismatch;
}

QueueState ensure_queue(Session& session, const QueueWish& wish) try {
  refuse_line_breaks(wish.name, "queue");
  std::vector<std::string> asked;
  const auto declaration = declaration_of(wish, asked);
  return declare_adapting(
      fmt::format("queue '{}'", wish.name), declaration, asked,
      [&](const QueueDeclaration& queue) { return session.declare_queue(queue); }, adopt_setting);
} catch (const ChannelRefusal& refusal) {
  refuse_reserved(wish.name, refusal);
  throw;
}

std::string ensure_exchange(Session& session, const ExchangeWish& wish) try {
  refuse_line_breaks(wish.name, "exchange");
  ExchangeDeclaration exchange;
  exchange.name = wish.name;
  exchange.type = wish.type.value_or("fanout");
  exchange.durable = wish.durable.value_or(true);
  exchange.passive = wish.name.starts_with("amq.") && !wish.type && !wish.durable;
  exchange.arguments = wish.arguments;
  std::vector<std::string> asked;
  if (wish.type) {
    asked.emplace_back("type");
  }
  if (wish.durable) {
    asked.emplace_back("durable");
  }
  for (const auto& [name, value] : wish.arguments) {
    asked.push_back(name);
  }
  const auto adopt = [](ExchangeDeclaration& declaration, const Mismatch& mismatch) {
    if (mismatch.argument == "type") {
      declaration.type = mismatch.current;
    } else if (mismatch.argument == "durable") {
      declaration.durable = is_on(mismatch.current);
    } else if (mismatch.argument == "auto_delete") {
      declaration.auto_delete = is_on(mismatch.current);
    } else {
      return adopt_argument(declaration.arguments, mismatch);
    }
    return true;
  };
  return declare_adapting(
      fmt::format("exchange '{}'", wish.name), exchange, asked,
      [&](const ExchangeDeclaration& declaration) {
        session.declare_exchange(declaration);
        return declaration.passive ? type_of_reserved(declaration.name) : declaration.type;
      },
      adopt);
} catch (const ChannelRefusal& refusal) {
  refuse_reserved(wish.name, refusal);
  throw;
}

bool has_exchange(Session& session, const std::string& name) {
  ExchangeDeclaration question;
  question.name = name;
  question.passive = true;
  try {
    session.declare_exchange(question);
    return true;
  } catch (const ChannelRefusal& refusal) {
    if (refusal.code() != AMQP_NOT_FOUND) {
      throw;
    }
    return false;
  }
}

std::vector<std::string> keys_for_everything(const std::string& exchange, const std::string& type,
                                             const Log& log) {
  if (type == "topic") {
    return {"#"};
  }
  if (type.empty()) {
    return {"#", ""};
  }
  if (type != "fanout" && type != "headers") {
    log.warning(
        "exchange '{}' is of the type {}, which has no key for everything: only messages with an "
        "empty key come unless one is given",
        exchange, type);
  }
  return {""};
}

QueueState look_up_queue(Session& session, const std::string& name) {
  QueueDeclaration question;
  question.name = name;
  question.passive = true;
  return session.declare_queue(question);
}

std::optional<QueueState> look_up_queue_if_permitted(Session& session,
                                                     const std::string& name) try {
  return look_up_queue(session, name);
} catch (const ChannelRefusal& refusal) {
  if (refusal.code() != AMQP_ACCESS_REFUSED ||
      !session.version().passive_declare_needs_configure()) {
    throw;
  }
  return std::nullopt;
}

std::optional<QueueDeclaration> ask_for_settings(Session& session, const std::string& name) try {
  look_up_queue(session, name);  // a queue that is missing must not be made
  QueueDeclaration guess;
  guess.name = name;
  guess.arguments = {{"x-queue-type", FieldValue::text("classic")}};
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    try {
      session.declare_queue(guess);
      return guess;
    } catch (const ChannelRefusal& refusal) {
      const auto mismatch = parse_mismatch(refusal.text());
      if (!mismatch || !adopt_setting(guess, *mismatch)) {
        return std::nullopt;
      }
    }
  }
  return std::nullopt;
} catch (const ChannelRefusal&) {
  return std::nullopt;
}

// RabbitMQ's wording (rabbit_amqqueue:not_found_or_absent); a queue whose node is down is "absent".
bool is_no_queue(const ChannelRefusal& refusal) {
  return refusal.code() == AMQP_NOT_FOUND && refusal.text().find("no queue '") != std::string::npos;
}

}  // namespace mscomm
