#include "commands/fanout.h"

#include <memory>
#include <utility>

#include "commands/consume_run.h"
#include "commands/line/option_types.h"
#include "commands/options/broker_options.h"
#include "commands/options/consume_options.h"
#include "commands/options/message_options.h"
#include "commands/options/sending_options.h"
#include "core/telemetry/context.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

constexpr std::array kExchangeTypes{
    Choice<std::string_view>{"fanout", "fanout"}, Choice<std::string_view>{"topic", "topic"},
    Choice<std::string_view>{"direct", "direct"}, Choice<std::string_view>{"headers", "headers"}};

struct FanoutOptions {
  std::string exchange;
  bool listen = false;
  std::string_view type;
  bool durable = false;
  std::vector<std::string> routing_keys;
  bool require_subscribers = false;
  bool null_separated = false;
  std::optional<std::string> delimiter;
  std::optional<FieldTable> binding_arguments;
  BodyOptions body;
  Sending sending;
  ConsumeOptions consume;
  BrokerOptions broker;

  void validate() const;
  void divide();
  [[nodiscard]] ExchangeWish exchange_wish() const;
};

void FanoutOptions::validate() const {
  if (!listen && routing_keys.size() > 1) {
    throw Error(Exit::usage, "an event has one routing key", "several are for --listen");
  }
}

// When publishing, --null, --delimiter and --header describe the input and its messages; with
// --listen, the output and the binding.
void FanoutOptions::divide() {
  if (listen) {
    binding_arguments = std::exchange(sending.plan.properties.headers, std::nullopt);
    consume.null_separated = null_separated;
    consume.delimiter = delimiter.value_or(consume.delimiter);
  } else {
    body.null_separated = null_separated;
    body.delimiter = delimiter;
  }
}

// --durable and --transient fix the exchange's durability; without either an existing exchange is
// used whatever its durability.
ExchangeWish FanoutOptions::exchange_wish() const {
  ExchangeWish wish;
  wish.name = exchange;
  if (!type.empty()) {
    wish.type = type;
  }
  if (durable || !sending.plan.persistent) {
    wish.durable = durable;
  }
  return wish;
}

Exit emit(FanoutOptions& options, const Context& context) {
  auto& plan = options.sending.plan;
  plan.exchange = options.exchange;
  plan.returned_is_failure = options.require_subscribers;
  if (!options.routing_keys.empty()) {
    plan.routing_key = options.routing_keys.front();
  }
  auto source = make_source(options.body);
  SessionOptions session;
  session.connection_name = "mscomm fanout";
  session.confirms = plan.confirms;
  Connector connector(options.broker, session, context, [&options](Session& opened) {
    ensure_exchange(opened, options.exchange_wish());
  });
  return run_sending(connector, std::move(source), options.sending, context);
}

Exit listen(FanoutOptions& options, const Context& context) {
  options.consume.settle();
  options.consume.plan.temporary = true;
  options.consume.recovers = options.sending.recovers;
  const auto prepare = [&](Session& session, ListenerTopology& own) {
    const auto wish = options.exchange_wish();
    const auto type =
        options.durable ? ensure_exchange(session, wish) : own.ensure_exchange(session, wish);
    const auto keys = options.routing_keys.empty()
                          ? keys_for_everything(options.exchange, type, context.log)
                          : options.routing_keys;
    auto queue = ensure_queue(session, {"", QueueKind::exclusive, {}}).name;
    own.set_queue(queue);
    for (const auto& key : keys) {
      session.bind(
          {queue, options.exchange, key, options.binding_arguments.value_or(FieldTable{})});
    }
    context.log.info("listening to exchange '{}'", options.exchange);
    return queue;
  };
  return run_consume({options.broker, "mscomm fanout --listen", prepare, false}, options.consume,
                     context);
}

}  // namespace

Runner bind_fanout(CommandLine& line) {
  auto options = std::make_shared<FanoutOptions>();
  OptionGroup arguments(line, "Arguments");
  arguments.required_positional("EXCHANGE", options->exchange,
                                "the exchange; made if it is missing");
  arguments
      .positional("BODY", options->body.body,
                  "the event, of which '' is an empty one; without it, or as -, stdin is read")
      .may_be_empty()
      .excludes({"--listen"}, "--listen receives events and sends none");
  OptionGroup events(line, "Events");
  events.flag("--listen", options->listen, "receive events, through a temporary queue of its own");
  events.choice(
      "--type", options->type, kExchangeTypes, "TYPE",
      "the exchange must be, or is made, of this type: fanout (the default of a new one), "
      "topic, direct or headers");
  events
      .flag("--durable", options->durable,
            "the exchange must be, or is made, durable, and stays when --listen ends; --transient: "
            "must not be")
      .excludes({"--transient"});
  events
      .list("-r,--routing-key", options->routing_keys, "KEY",
            "the event's routing key, which may be ''; with --listen the binding's, and may be "
            "repeated")
      .may_be_empty();
  events
      .flag("--require-subscribers", options->require_subscribers,
            "an event that no queue takes is a failure (exit 1)")
      .excludes({"--listen"})
      .clashes_with({"--no-mandatory"});
  events
      .flag("--null", options->null_separated,
            "a NUL byte ends each event of stdin, or each that is printed with --listen")
      .excludes({"BODY", "--delimiter"})
      .excludes({"--format!=raw|text"});
  events
      .text("--delimiter", options->delimiter, "TEXT",
            "the same with TEXT, which with --listen may be '' for nothing; \\n, \\t, \\0 and "
            "\\xNN are understood")
      .may_be_empty()
      .excludes({"BODY"})
      .excludes({"--format!=raw|text"});
  line.each({Relation::Kind::needs, {"--listen"}}, [&] {
    bind_consume_options(line, options->consume);
    bind_handle_options(line, options->consume.handle);
    bind_forward_options(line, options->consume.forward);
  });
  const Relation sends{
      Relation::Kind::excludes, {"--listen"}, "--listen receives events and sends none"};
  auto& plan = options->sending.plan;
  line.each(sends, [&] { bind_body_options(line, options->body); });
  bind_header_option(line, plan)
      .needs({"!--listen", "--type=headers"},
             "with --listen it selects events of an exchange of the type headers; for others "
             "there is --filter '.properties.headers.NAME == \"TEXT\"'");
  line.each(sends, [&] { bind_property_options(line, plan); });
  bind_transient_option(line, plan);
  line.each(sends, [&] { bind_sending_options(line, options->sending); });
  bind_loss_option(line, options->sending.recovers, {"resend", "resume"},
                   "when the connection is lost: resend, or resume with --listen: connect again, "
                   "send again what is not confirmed, and go on; fail: stop");
  bind_broker_options(line, options->broker);
  set_examples(line, {"mscomm fanout orders --listen", "mscomm fanout orders '{\"id\":1}'",
                      "mscomm fanout alarms 'disk full' --require-subscribers",
                      "mscomm fanout orders --type topic --listen -r 'eu.*'"});
  return [options](const Context& context) {
    options->divide();
    options->validate();
    return options->listen ? listen(*options, context) : emit(*options, context);
  };
}

}  // namespace mscomm
