#include "commands/publish.h"

#include <memory>
#include <utility>

#include "commands/line/option_types.h"
#include "commands/options/broker_options.h"
#include "commands/options/message_options.h"
#include "commands/options/sending_options.h"
#include "core/output/destination.h"
#include "core/publish/publish_summary.h"
#include "core/publish/rpc_caller.h"
#include "core/telemetry/context.h"

namespace mscomm {
namespace {

struct PublishOptions {
  std::optional<std::string> queue;
  std::optional<std::string> exchange;
  std::optional<std::string> routing_key;
  BodyOptions body;
  BrokerOptions broker;
  TopologyOptions topology;
  Sending sending;
  bool rpc = false;

  void validate() const;
};

void PublishOptions::validate() const {
  if (!queue && !exchange && !body.records && !body.folder && !body.origin) {
    throw Error(
        Exit::usage, "no target: the message goes to a queue or to an exchange",
        "mscomm publish -q QUEUE [BODY], or -e EXCHANGE -r KEY; without BODY stdin is read");
  }
}

void prepare(Session& session, const PublishOptions& options, const Log& log) {
  if (options.exchange && options.topology.exchange_type) {
    ensure_exchange(session, {*options.exchange, options.topology.exchange_type, std::nullopt, {}});
  }
  if (options.queue) {
    prepare_queue(session, *options.queue, options.topology, nullptr, log);
  }
}

Exit call(Connector& connector, MessageSource& source, const PublishPlan& plan,
          const Context& context) {
  Destination output(std::nullopt, context.environment, context.stop, context.deadline);
  SessionOwner session(connector, false);
  return conclude(call_all(session, source, plan, output.writer(), context), context);
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
  options.sending.origin = options.body.origin;
  auto source = make_source(options.body);
  SessionOptions session;
  session.connection_name = "mscomm publish";
  session.confirms = plan.confirms;
  session.bodies.large_in_files = options.rpc;
  Connector connector(options.broker, session, context,
                      [&](Session& opened) { prepare(opened, options, context.log); });
  return options.rpc ? call(connector, *source, plan, context)
                     : run_sending(connector, std::move(source), options.sending, context);
}

}  // namespace

Runner bind_publish(CommandLine& line) {
  auto options = std::make_shared<PublishOptions>();
  OptionGroup target(line, "Target");
  target
      .text("-q,--queue", options->queue, "NAME",
            "send to this queue, through the default exchange")
      .excludes({"--exchange"},
                "with an exchange, --queue only names the queue that --declare and --bind work on",
                {"--declare", "--bind"})
      .excludes({"--routing-key"}, "the queue's name is the key; give --exchange for another",
                {"--exchange"});
  target
      .text("-e,--exchange", options->exchange, "NAME",
            "send to this exchange; '' is the default one, for which --routing-key is the queue")
      .may_be_empty();
  target
      .text("-r,--routing-key", options->routing_key, "KEY",
            "the key that the exchange routes by; it may be ''")
      .may_be_empty();
  bind_origin_option(line, options->body);
  OptionGroup arguments(line, "Arguments");
  arguments
      .positional("BODY", options->body.body,
                  "the message, of which '' is an empty one; without it, or as -, stdin is read")
      .may_be_empty();
  bind_topology_options(line, options->topology);
  bind_body_options(line, options->body);
  bind_division_options(line, options->body);
  bind_repetition_options(line, options->body);
  bind_header_option(line, options->sending.plan);
  bind_property_options(line, options->sending.plan);
  bind_transient_option(line, options->sending.plan);
  bind_sending_options(line, options->sending);
  bind_loss_option(line, options->sending.recovers, {"resend"},
                   "when the connection is lost: resend: connect again and send again, with the "
                   "same message id, what is not confirmed; fail: stop and say what is in doubt");
  OptionGroup rpc(line, "RPC");
  rpc.flag("--rpc", options->rpc,
           "send a request and print its answer, which must come within --timeout, by default 30s")
      .clashes_with({"--no-confirm", "--no-mandatory"}, "a request must arrive to be answered")
      .clashes_with(
          {"--report", "--rate", "--window", "--confirm-timeout"},
          "the answer is the output, one request is under way at a time, and --timeout is "
          "the time for its answer")
      .excludes({"--on-loss=resend"},
                "a request may have been handled when its connection is lost: it is not sent again")
      .clashes_with({"--resume-file"}, "it is for messages, which the broker confirms")
      .clashes_with({"--reply-to"}, "--rpc waits for the answer itself");
  bind_broker_options(line, options->broker);
  set_examples(line, {"mscomm publish --declare -q task_queue 'Hello World!'",
                      "mscomm publish -q jobs --lines < jobs.txt",
                      "mscomm publish -e orders -r eu.paid -H attempt:=1 '{\"id\":1}'",
                      "mscomm publish -q jobs --jsonl < messages.jsonl",
                      "mscomm publish -q prices --rpc --timeout 5s '{\"item\":\"tea\"}'"});
  return [options](const Context& context) { return run(*options, context); };
}

}  // namespace mscomm
