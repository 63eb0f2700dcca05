#include "commands/options/consume_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "commands/consume_render.h"
#include "commands/line/option_types.h"
#include "core/amqp/topology.h"
#include "core/expression/expression.h"
#include "core/message/delivery_record.h"
#include "core/message/saved_messages.h"
#include "core/runtime/environment.h"
#include "core/runtime/text.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

constexpr std::array kAckModes{Choice<AckMode>{"auto", AckMode::automatic},
                               Choice<AckMode>{"after", AckMode::after},
                               Choice<AckMode>{"none", AckMode::none}};

std::shared_ptr<Expression> compile(const ConsumeOptions& options) {
  return std::make_shared<Expression>(*options.jq, "--jq");
}

std::shared_ptr<MessageSaver> open_saver(const ConsumeOptions& options) {
  return std::make_shared<MessageSaver>(*options.save);
}

std::string summary_of(const ConsumeReport& result) {
  auto text = fmt::format("{} taken, {} acknowledged", result.taken, result.acknowledged);
  const std::uint64_t failed = result.commands.count(Exit::failed);
  for (const auto& [count, what] :
       {std::pair{failed, "failed"}, std::pair{result.rejected, "rejected"},
        std::pair{result.returned, "put back"}, std::pair{result.redelivered, "redelivered"}}) {
    if (count > 0) {
      text += fmt::format(", {} {}", count, what);
    }
  }
  return text;
}

Exit report(const ConsumeReport& result, const ConsumePlan& plan, bool filters,
            const Context& context) {
  const auto reason = result.error ? result.error->reason() : Exit::ok;
  const auto exit = exit_code(result.commands, reason);
  if (result.error || exit == Exit::ok) {
    context.log.info("{}", summary_of(result));
  } else {
    context.log.error(Error(exit, summary_of(result)));
  }
  if (result.error) {
    context.log.error(*result.error);
  }
  if (exit != Exit::ok) {
    return exit;
  }
  const bool stops_by_itself = plan.count || plan.until_empty || plan.idle || context.deadline.at();
  if (result.taken == 0 && stops_by_itself && !result.interrupted && !result.reader_gone) {
    const auto* what =
        filters ? "no message of queue '{}' matched" : "nothing came from queue '{}'";
    context.log.error(Error(Exit::empty, fmt::format(fmt::runtime(what), plan.queue)));
    return Exit::empty;
  }
  return Exit::ok;
}

// Whether bodies go from the broker to where they are kept without anybody looking at them.
bool passes_bodies_on(const ConsumeOptions& options, const Context& context) {
  const bool to_terminal =
      options.output.file.value_or("-") == "-" && context.environment.stdout_is_terminal;
  return options.output.format == OutputFormat::raw && !to_terminal && !options.command &&
         !options.expression && !options.filter_expression && !options.decompress;
}

Exit consume_to(Writer& writer, const ConsumeSource& source, ConsumeOptions& options,
                const Render& render, const Context& context) {
  auto& plan = options.plan;
  if (plan.temporary && plan.unmatched == Fate::hold) {
    plan.unmatched = Fate::ack;  // the queue ends before anybody could take it from there
  }
  SessionOptions session_options;
  session_options.connection_name = source.connection_name;
  session_options.confirms = plan.reply;
  session_options.large_bodies_in_files = passes_bodies_on(options, context);
  bool again = false;
  Connector connector(source.broker, session_options, context, [&](Session& session) {
    plan.queue = source.prepare(session);
    if (std::exchange(again, true)) {
      // Refused while the queue's node is not back, which is then waited for.
      look_up_queue(session, plan.queue);
    }
  });
  auto session = connector.connect();
  ConsumeHooks hooks{render, make_matches(options, plan.queue), {}, nullptr, !options.saver};
  std::optional<MessageCommands> commands;
  if (options.command) {
    const bool collects = plan.reply || options.concurrency > 1 || options.output.file;
    commands.emplace(MessageCommands::Plan{*options.command, options.concurrency, collects},
                     context.environment);
    hooks.commands = &*commands;
  }
  if (options.recovers) {
    hooks.reconnect = [&](bool fruitful) -> Session& {
      session.reset();
      session = connector.reconnect(fruitful);
      return *session;
    };
  }
  return report(consume_all(*session, plan, hooks, writer, context), plan,
                static_cast<bool>(hooks.matches), context);
}

}  // namespace

void ConsumeOptions::settle() {
  settle_acknowledging();
  settle_filter();
  settle_handling();
  if (output.format == OutputFormat::custom) {
    // A bad format string must be found before the first message is taken.
    const FormatString<DeliveryRecord> checked(output.format_string, delivery_fields());
  }
  unescape(delimiter, "--delimiter");
  if (jq) {
    expression = compile(*this);
  }
  if (save) {
    saver = open_saver(*this);
    output.file = "/dev/null";
  }
}

void ConsumeOptions::settle_acknowledging() {
  if (reject) {
    plan.ack = AckMode::reject;
  }
  if (peek || requeue) {
    plan.ack = AckMode::none;
  }
  if (peek) {
    const bool stops = plan.count || plan.until_empty || plan.idle;
    plan.until_empty = plan.until_empty || !stops;
  }
  plan.prefetch = prefetch.value_or(plan.prefetch);
}

void bind_consume_options(CommandLine& line, ConsumeOptions& options) {
  OptionGroup stop(line, "Stop");
  stop.number("-n,--count", options.plan.count, "N",
              "take N messages and leave the next in the queue", std::uint64_t{1});
  stop.flag("--until-empty", options.plan.until_empty, "stop when the queue is empty");
  stop.duration("--idle", options.plan.idle, "stop when nothing came for so long");
  bind_output_options(line, options.output, "'{routing_key}: {body}\\n'");
  OptionGroup output(line, "Output");
  output.flag("--decompress", options.decompress,
              "undo the compression that the property content_encoding names: gzip or deflate");
  output.text("--jq", options.jq, "EXPR", "print what 'jq -rc EXPR' makes of each body")
      .excludes({"--format!=raw"},
                "--jq is given bodies and prints its results; to work on records: "
                "mscomm consume QUEUE --format json | jq")
      .excludes({"--null", "--delimiter"},
                "it prints each result on a line; @json or @base64 in the expression keeps a "
                "result on one line");
  output
      .text("--save", options.save, "DIR",
            "write each message into two files of this folder, which is made if it is missing, "
            "instead of printing it; 'publish --dir' sends them again")
      .excludes({"--jq", "--format!=raw", "--out", "--null", "--delimiter"},
                "it writes whole messages into files and prints nothing");
}

std::vector<FieldHelp> consume_field_help() { return field_help(delivery_fields()); }

void bind_delimiter_options(CommandLine& line, ConsumeOptions& options) {
  OptionGroup output(line, "Output");
  constexpr std::string_view kEndsItself =
      "a JSON record is one line; a format string says itself how it ends";
  output
      .text("--delimiter", options.delimiter, "TEXT",
            "what ends each body with --format raw and text; '' is nothing; \\n, \\t, \\0 and "
            "\\xNN are understood")
      .excludes({"--null"})
      .excludes({"--format!=raw|text"}, kEndsItself);
  output.flag("--null", options.null_separated, "end each body with a NUL byte, for xargs -0")
      .excludes({"--format!=raw|text"}, kEndsItself);
}

void bind_acknowledge_options(CommandLine& line, ConsumeOptions& options) {
  OptionGroup acknowledge(line, "Acknowledge");
  acknowledge.choice(
      "--ack", options.plan.ack, kAckModes, "WHEN",
      "after: when the record is written; auto: on receipt, at most once; none: never, "
      "so that everything goes back to the queue");
  acknowledge
      .flag("--peek", options.peek,
            "look without taking: everything goes back; stops when all has been seen")
      .excludes({"--reject", "--requeue"})
      .excludes({"--ack=auto"}, "--peek takes nothing, --ack auto takes what it gets");
  acknowledge
      .flag("--reject", options.reject,
            "reject each message after it is written: the broker dead-letters it, or drops "
            "it where the queue has no dead-letter exchange")
      .excludes({"--requeue", "--ack!=after"});
  acknowledge
      .flag("--requeue", options.requeue,
            "put each message back after it is written, when the command ends, so that none "
            "comes twice")
      .excludes({"--ack!=after"});
  acknowledge.number("--prefetch", options.prefetch, "N",
                     "how many messages the broker may send ahead; default 256, with --exec as "
                     "many as run at once",
                     std::uint16_t{1}, std::uint16_t{65535});
}

Exit run_consume(const ConsumeSource& source, ConsumeOptions& options, const Context& context) {
  const auto& path = options.output.file;
  const bool to_file = path && *path != "-";
  const bool for_terminal = !to_file && context.environment.stdout_is_terminal;
  const auto render = make_render(options, options.plan.queue, for_terminal);
  if (!to_file) {
    Writer writer(STDOUT_FILENO, "stdout", context.stop);
    return consume_to(writer, source, options, render, context);
  }
  // The file is written as messages come, not renamed at the end: what is acknowledged must be in
  // it. What it held before stays until there is a first message to replace it.
  if (options.command) {
    Writer writer(open_for_writing(*path), *path, context.stop);
    return consume_to(writer, source, options, render, context);
  }
  auto file = open_for_replacing(*path);
  const Render replacing = [&render, fd = file.get(), first = true](
                               std::string& out, const Delivery& delivery, WallTime time) mutable {
    if (std::exchange(first, false)) {
      // Fails on a pipe or a device, which have nothing to truncate.
      [[maybe_unused]] const int result = ftruncate(fd, 0);
    }
    render(out, delivery, time);
  };
  Writer writer(std::move(file), *path, context.stop);
  return consume_to(writer, source, options, replacing, context);
}

}  // namespace mscomm
