#include "commands/consume_run.h"

#include <unistd.h>

#include <utility>

#include "core/amqp/topology.h"
#include "core/consume/consume_summary.h"
#include "core/consume/consumer.h"
#include "core/consume/delivery_render.h"
#include "core/consume/reply_handler.h"
#include "core/consume/save_handler.h"
#include "core/message/saved_messages.h"
#include "core/runtime/environment.h"
#include "core/runtime/text.h"
#include "core/telemetry/context.h"

namespace mscomm {
namespace {

bool writes_to_file(const ConsumeOptions& options) {
  return options.output.file.value_or("-") != "-";
}

bool writes_to_terminal(const ConsumeOptions& options, const Context& context) {
  return !options.saver && !writes_to_file(options) && context.environment.stdout_is_terminal;
}

// Whether bodies are passed on as they came: nothing decodes, filters or formats them.
bool passes_bodies_on(const ConsumeOptions& options, const Context& context) {
  return options.output.format == OutputFormat::raw && !writes_to_terminal(options, context) &&
         !options.command && !options.expression && !options.filter_expression &&
         !options.decompress;
}

DeliveryDecoder decoder_of(const ConsumeOptions& options) {
  return {options.decompress, options.plan.ack};
}

Render render_record(const ConsumeOptions& options, bool for_terminal) {
  const auto ending =
      options.null_separated ? std::string(1, '\0') : unescape(options.delimiter, "--delimiter");
  switch (options.output.format) {
    case OutputFormat::raw:
      return render_body(ending, for_terminal);
    case OutputFormat::text:
      return render_text(ending);
    case OutputFormat::json:
      return render_json();
    case OutputFormat::custom:
      break;
  }
  return render_fields(options.output.format_string, for_terminal);
}

Render make_render(const ConsumeOptions& options, bool for_terminal) {
  auto render = options.expression ? render_results(options.expression, for_terminal)
                                   : render_record(options, for_terminal);
  const bool never_fails = !options.expression && !options.decompress;
  return never_fails ? render : render_decoded(decoder_of(options), std::move(render));
}

// Written as messages come, not renamed into place at the end: an acknowledged message must be in
// the file. The file's old content stays until the first message replaces it.
Render replacing(int fd, Render render) {
  return [render = std::move(render), fd, first = true](std::string& out,
                                                        const DeliveryRecord& record) mutable {
    if (std::exchange(first, false)) {
      // Fails on a pipe or a device, which cannot be truncated.
      [[maybe_unused]] const int result = ftruncate(fd, 0);
    }
    render(out, record);
  };
}

std::unique_ptr<DeliveryHandler> make_exec(const ConsumeOptions& options, Writer& writer,
                                           SessionOwner& session, const Context& context) {
  const bool collects = options.reply || options.concurrency > 1 || options.output.file;
  const ExecHandler::Plan plan{{*options.command, options.concurrency, collects},
                               options.on_fail,
                               options.plan.ends_by_itself()};
  if (options.reply) {
    return std::make_unique<ReplyHandler>(plan, writer, session, context);
  }
  return std::make_unique<ExecHandler>(plan, writer, session, context);
}

// Where the output goes; nowhere when messages are saved.
Writer open_output(const ConsumeOptions& options, const Context& context) {
  if (!writes_to_file(options)) {
    return {STDOUT_FILENO, "stdout", context.stop};
  }
  const auto& path = *options.output.file;
  return {options.command ? open_for_writing(path) : open_for_replacing(path), path, context.stop};
}

std::unique_ptr<DeliveryHandler> make_handler(const ConsumeOptions& options, Writer& writer,
                                              SessionOwner& session, const Context& context) {
  const auto fate = options.plan.handled();
  if (options.saver) {
    return std::make_unique<SaveHandler>(*options.saver, decoder_of(options), fate);
  }
  if (options.command) {
    return make_exec(options, writer, session, context);
  }
  auto render = make_render(options, writes_to_terminal(options, context));
  if (writes_to_file(options)) {
    render = replacing(writer.fd(), std::move(render));
  }
  return std::make_unique<PrintHandler>(std::move(render), fate, writer, session, context);
}

}  // namespace

Exit run_consume(const ConsumeSource& source, ConsumeOptions& options, const Context& context) {
  auto& plan = options.plan;
  auto writer = open_output(options, context);
  if (plan.temporary && plan.unmatched == Fate::hold) {
    plan.unmatched = Fate::ack;  // a held message would go with the temporary queue
  }
  SessionOptions session_options;
  session_options.connection_name = source.connection_name;
  session_options.confirms = options.reply;
  session_options.large_bodies_in_files = passes_bodies_on(options, context);
  bool again = false;
  Connector connector(source.broker, session_options, context, [&](Session& session) {
    plan.queue = source.prepare(session);
    if (std::exchange(again, true)) {
      // Fails until the queue's node is back; the connector then tries again.
      look_up_queue(session, plan.queue);
    }
  });
  SessionOwner session(connector, options.recovers);
  const auto matches = options.filter_expression
                           ? matches_expression(options.filter_expression, decoder_of(options))
                           : Matches();
  const auto handler = make_handler(options, writer, session, context);
  const auto report = consume_all(session, plan, *handler, context, matches);
  return conclude(report, plan, static_cast<bool>(matches), context);
}

}  // namespace mscomm
