#include "commands/consume.h"

#include <memory>

#include "commands/consume_run.h"
#include "commands/line/option_types.h"
#include "commands/options/broker_options.h"
#include "commands/options/consume_options.h"
#include "core/amqp/prepared_queue.h"
#include "core/telemetry/context.h"

namespace mscomm {
namespace {

struct Options {
  std::optional<std::string> queue;
  BrokerOptions broker;
  TopologyOptions topology;
  ConsumeOptions consume;

  void validate() const;
};

void Options::validate() const {
  if (!queue && topology.bindings.empty()) {
    throw Error(Exit::usage, "no queue to consume from",
                "give its name, or --bind EXCHANGE[:KEY] for a temporary one");
  }
  if (queue && queue == consume.handle.park) {
    throw Error(Exit::usage, "--park: it is the queue that is consumed");
  }
}

Exit run(Options& options, const Context& context) {
  options.validate();
  options.consume.settle();
  if (options.queue) {
    options.consume.forward.refuse_circle(*options.queue, options.broker);
  }
  const bool temporary = !options.queue || options.topology.kind == QueueKind::exclusive;
  options.consume.plan.temporary = temporary;
  const auto prepare = [&](Session& session, ListenerTopology& own) {
    return prepare_queue(session, options.queue.value_or(""), options.topology,
                         temporary ? &own : nullptr, context.log);
  };
  return run_consume({options.broker, "mscomm consume", prepare, options.topology.declare},
                     options.consume, context);
}

}  // namespace

Runner bind_consume(CommandLine& line) {
  auto options = std::make_shared<Options>();
  OptionGroup arguments(line, "Arguments");
  arguments.positional("QUEUE", options->queue,
                       "the queue; without it --bind makes a temporary one");
  bind_consume_options(line, options->consume);
  bind_delimiter_options(line, options->consume);
  bind_acknowledge_options(line, options->consume);
  bind_loss_option(line, options->consume.recovers, {"resume"},
                   "when the connection is lost: resume: connect again and go on, where what was "
                   "not acknowledged comes again; fail: stop");
  bind_handle_options(line, options->consume.handle);
  bind_forward_options(line, options->consume.forward);
  bind_forward_rate(line, options->consume.forward);
  bind_topology_options(line, options->topology);
  bind_broker_options(line, options->broker);
  set_examples(line, {"mscomm consume task_queue", "mscomm consume jobs -n 1 --until-empty",
                      "mscomm consume jobs --until-empty --format json -o messages.jsonl",
                      "mscomm consume jobs --exec './resize \"$MSCOMM_MESSAGE_TYPE\"' -c 4",
                      "mscomm consume dead --to-origin --until-empty",
                      "mscomm consume --bind orders:eu.# --format '{routing_key}: {body}\\n'"});
  return [options](const Context& context) { return run(*options, context); };
}

}  // namespace mscomm
