#include "commands/publish.h"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "commands/line/option_types.h"
#include "commands/options/broker_options.h"
#include "commands/options/message_options.h"
#include "commands/options/sending_options.h"
#include "core/output/writer.h"
#include "core/publish/rpc_caller.h"
#include "core/telemetry/context.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

struct PublishOptions {
  std::optional<std::string> queue;
  std::optional<std::string> exchange;
  std::optional<std::string> routing_key;
  BodyOptions body;
  BrokerOptions broker;
  TopologyOptions topology;
  SendingOptions sending;
  bool rpc = false;

  void validate() const;
};

void PublishOptions::validate() const {
  sending.validate();
  if (rpc && (!sending.plan.confirms || !sending.plan.mandatory)) {
    throw Error(Exit::usage, "--rpc needs what --no-confirm and --no-mandatory give up");
  }
  if (rpc && (sending.lists_answers || sending.plan.rate)) {
    throw Error(Exit::usage, "--report and --rate have no effect with --rpc",
                "the answer is the output, and one request is under way at a time");
  }
  const PublishPlan usual;
  if (rpc && (sending.plan.window != usual.window ||
              sending.plan.confirm_timeout != usual.confirm_timeout)) {
    throw Error(Exit::usage, "--window and --confirm-timeout have no effect with --rpc",
                "one request is under way at a time, and --timeout is the time for its answer");
  }
  if (rpc && sending.plan.properties.reply_to) {
    throw Error(Exit::usage, "--rpc and --reply-to contradict each other",
                "--rpc waits for the answer itself");
  }
  const bool shapes_queue = topology.declare || !topology.bindings.empty();
  if (body.to_origin && (queue || exchange || routing_key)) {
    throw Error(Exit::usage, "--to-origin and another target contradict each other",
                "leave --queue, --exchange and --routing-key away");
  }
  if (queue && queue->empty()) {
    throw Error(Exit::usage, "--queue: the name is empty");
  }
  if (queue && exchange && !shapes_queue) {
    throw Error(Exit::usage, "a message goes to a queue or to an exchange, not to both",
                "with an exchange, --queue only names the queue that --declare and --bind work on");
  }
  if (queue && !exchange && routing_key) {
    throw Error(Exit::usage,
                "--routing-key has no meaning with --queue: the queue's name is the key",
                "give --exchange for a routing key");
  }
  if (!queue && !exchange && !body.records && !body.folder && !body.to_origin) {
    throw Error(Exit::usage, "no target: the message goes to a queue or to an exchange",
                "give --queue NAME, or --exchange NAME and --routing-key KEY");
  }
  if (!queue && shapes_queue) {
    throw Error(Exit::usage, "--declare and --bind need the queue's name", "give --queue NAME");
  }
  if (!queue && !topology.queue_arguments.empty()) {
    throw Error(Exit::usage, "--queue-arg needs --queue and --declare");
  }
  if (!topology.queue_arguments.empty() && !topology.declare) {
    throw Error(Exit::usage, "--queue-arg has no effect without --declare");
  }
  if (topology.exchange_type && !exchange && topology.bindings.empty()) {
    throw Error(Exit::usage, "--declare-exchange needs the exchange's name",
                "give --exchange NAME");
  }
}

void prepare(Session& session, const PublishOptions& options) {
  if (options.exchange && options.topology.exchange_type) {
    ensure_exchange(session, {*options.exchange, options.topology.exchange_type, std::nullopt, {}});
  }
  if (options.queue) {
    prepare_queue(session, *options.queue, options.topology);
  }
}

Exit call(Connector& connector, MessageSource& source, const PublishPlan& plan,
          const Context& context) {
  Writer output(STDOUT_FILENO, "stdout", context.stop);
  const auto session = connector.connect();
  const auto report = call_all(*session, source, plan, output, context);
  auto result = report.error ? report.error->reason() : Exit::ok;
  if (result == Exit::usage && report.sent > 0) {
    result = Exit::partial;  // status 2 promises that nothing was sent
  }
  if (report.error) {
    context.log.error(*report.error);
  }
  context.log.summary(fmt::format("{} sent, {} answered", report.sent, report.answered),
                      LogLevel::info,
                      fmt::format(R"("outcome":"{}","sent":{},"answered":{})", exit_name(result),
                                  report.sent, report.answered));
  return result;
}

Exit run(PublishOptions& options, const Context& context) {
  options.validate();
  auto& plan = options.sending.plan;
  if (options.queue && !options.exchange) {
    plan.exchange = "";
    plan.routing_key = options.queue;
  } else {
    plan.exchange = options.exchange;
    plan.routing_key = options.routing_key;
  }
  options.body.records_say_where = !options.queue && !options.exchange && !options.routing_key;
  const auto source = make_source(options.body);
  SessionOptions session;
  session.connection_name = "mscomm publish";
  session.confirms = plan.confirms;
  Connector connector(options.broker, session, context,
                      [&options](Session& opened) { prepare(opened, options); });
  return options.rpc ? call(connector, *source, plan, context)
                     : run_sending(connector, *source, options.sending, context);
}

}  // namespace

Runner bind_publish(CLI::App& app) {
  auto options = std::make_shared<PublishOptions>();
  OptionGroup target(app, "Target");
  target.text("-q,--queue", options->queue, "NAME",
              "send to this queue, through the default exchange");
  target.text("-e,--exchange", options->exchange, "NAME", "send to this exchange");
  target.text("-r,--routing-key", options->routing_key, "KEY",
              "the key that the exchange routes by");
  bind_origin_option(app, options->body);
  OptionGroup arguments(app, "Arguments");
  arguments.positional("BODY", options->body.body, "the message; without it stdin is read");
  bind_topology_options(app, options->topology);
  bind_body_options(app, options->body);
  bind_division_options(app, options->body);
  bind_repetition_options(app, options->body);
  bind_property_options(app, options->sending.plan);
  bind_sending_options(app, options->sending);
  bind_loss_option(app, options->sending.recovers, {"resend"},
                   "when the connection is lost: resend: connect again and send again, with the "
                   "same message id, what is not confirmed; fail: stop and say what is in doubt");
  OptionGroup rpc(app, "RPC");
  rpc.flag("--rpc", options->rpc,
           "send a request and print its answer, which must come within --timeout, by default 30s");
  bind_broker_options(app, options->broker);
  set_examples(app, {"mscomm publish --declare -q task_queue 'Hello World!'",
                     "mscomm publish -q jobs --lines < jobs.txt",
                     "mscomm publish -e orders -r eu.paid -H attempt:=1 '{\"id\":1}'",
                     "mscomm publish -q jobs --jsonl < messages.jsonl",
                     "mscomm publish -q prices --rpc --timeout 5s '{\"item\":\"tea\"}'"});
  return [options](const Context& context) { return run(*options, context); };
}

}  // namespace mscomm
