#include "commands/consume_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include "commands/consume_render.h"
#include "commands/option_types.h"
#include "core/message/delivery_format.h"
#include "core/message/expression.h"
#include "core/runtime/environment.h"
#include "core/runtime/log.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

constexpr std::array kAckModes{Choice<AckMode>{"auto", AckMode::automatic},
                               Choice<AckMode>{"after", AckMode::after},
                               Choice<AckMode>{"none", AckMode::none}};

std::shared_ptr<Expression> compile(const ConsumeOptions& options) {
  if (options.output.format != OutputFormat::raw) {
    throw Error(Exit::usage, "--jq and --format contradict each other",
                "--jq is given bodies and prints its results; to work on records: "
                "mscomm consume QUEUE --format json | jq");
  }
  if (options.null_separated || options.delimiter != ConsumeOptions::kNewline) {
    throw Error(Exit::usage, "--jq prints each result on a line: --null and --delimiter do not fit",
                "@json or @base64 in the expression keeps a result on one line");
  }
  return std::make_shared<Expression>(*options.jq, "--jq");
}

Exit report(const ConsumeReport& result, const ConsumePlan& plan, const std::string& queue,
            const Context& context) {
  context.log.info("{} taken, {} acknowledged", result.taken, result.acknowledged);
  if (result.error) {
    context.log.error(*result.error);
    return result.error->reason();
  }
  const bool stops_by_itself = plan.count || plan.until_empty || plan.idle || context.deadline.at();
  if (result.taken == 0 && stops_by_itself && !result.interrupted && !result.reader_gone) {
    context.log.error(Error(Exit::empty, fmt::format("nothing came from queue '{}'", queue)));
    return Exit::empty;
  }
  return Exit::ok;
}

}  // namespace

void ConsumeOptions::settle() {
  if (peek && plan.ack == AckMode::automatic) {
    throw Error(Exit::usage, "--peek and --ack auto contradict each other",
                "--peek takes nothing, --ack auto takes what it gets");
  }
  if (null_separated && delimiter != kNewline) {
    throw Error(Exit::usage, "--null and --delimiter contradict each other", "give one of them");
  }
  if (peek) {
    plan.ack = AckMode::none;
    const bool stops = plan.count || plan.until_empty || plan.idle;
    plan.until_empty = plan.until_empty || !stops;
  }
  if (output.format == OutputFormat::custom) {
    // A bad format string must be found before the first message is taken.
    const FormatString<DeliveryRecord> checked(output.format_string, delivery_fields());
  }
  unescape(delimiter, "--delimiter");
  if (jq) {
    expression = compile(*this);
  }
}

void bind_consume_options(CLI::App& app, ConsumeOptions& options) {
  OptionGroup stop(app, "Stop");
  stop.number("-n,--count", options.plan.count, "N",
              "take N messages and leave the next in the queue", std::uint64_t{1});
  stop.flag("--until-empty", options.plan.until_empty, "stop when the queue is empty");
  stop.duration("--idle", options.plan.idle, "stop when nothing came for so long");
  bind_output_options(app, options.output, "'{routing_key}: {body}\\n'");
  OptionGroup output(app, "Output");
  output.flag("--decompress", options.decompress,
              "undo the compression that the property content_encoding names: gzip or deflate");
  output.text("--jq", options.jq, "EXPR", "print what 'jq -rc EXPR' makes of each body");
}

std::vector<FieldHelp> consume_field_help() { return field_help(delivery_fields()); }

void bind_delimiter_options(CLI::App& app, ConsumeOptions& options) {
  OptionGroup output(app, "Output");
  output.text(
      "--delimiter", options.delimiter, "TEXT",
      "what ends each body with --format raw and text; '' is nothing; \\n, \\t, \\0 and \\xNN "
      "are understood");
  output.flag("--null", options.null_separated, "end each body with a NUL byte, for xargs -0");
}

void bind_acknowledge_options(CLI::App& app, ConsumeOptions& options) {
  OptionGroup acknowledge(app, "Acknowledge");
  acknowledge.choice(
      "--ack", options.plan.ack, kAckModes, "WHEN",
      "after: when the record is written; auto: on receipt, at most once; none: never, "
      "so that everything goes back to the queue");
  acknowledge.flag("--peek", options.peek,
                   "look without taking: everything goes back; stops when all has been seen");
  acknowledge.number("--prefetch", options.plan.prefetch, "N",
                     "how many messages the broker may send ahead", std::uint16_t{1},
                     std::uint16_t{65535});
}

Exit run_consume(Session& session, const std::string& queue, ConsumeOptions& options,
                 const Context& context) {
  options.plan.queue = queue;
  const auto& path = options.output.file;
  const bool to_file = path && *path != "-";
  const bool for_terminal = !to_file && context.environment.stdout_is_terminal;
  auto render = make_render(options, queue, for_terminal);
  if (!to_file) {
    Writer writer(STDOUT_FILENO, "stdout", context.stop);
    return report(consume_all(session, options.plan, render, writer, context), options.plan, queue,
                  context);
  }
  // The file is written as messages come, not renamed at the end: what is acknowledged must be in
  // it. What it held before stays until there is a first message to replace it.
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
  return report(consume_all(session, options.plan, replacing, writer, context), options.plan, queue,
                context);
}

}  // namespace mscomm
