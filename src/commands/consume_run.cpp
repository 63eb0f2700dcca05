#include "commands/consume_run.h"

#include <fmt/format.h>

#include <utility>

#include "commands/forward_run.h"
#include "commands/parking_place.h"
#include "core/amqp/topology.h"
#include "core/consume/consume_summary.h"
#include "core/consume/consumer.h"
#include "core/consume/delivery_render.h"
#include "core/consume/reply_handler.h"
#include "core/consume/return_guard.h"
#include "core/consume/save_handler.h"
#include "core/expression/watchdog.h"
#include "core/message/saved_messages.h"
#include "core/output/destination.h"
#include "core/telemetry/context.h"

namespace mscomm {
namespace {

DeliveryDecoder decoder_of(const ConsumeOptions& options) {
  return {options.decompress, options.plan.ack};
}

Render render_record(const ConsumeOptions& options, bool for_terminal) {
  const auto ending = options.record_end();
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

// What a handler is made of.
struct Parts {
  const ConsumeSource& source;
  const ConsumeOptions& options;
  Destination& output;
  SessionOwner& session;
  Parking* parking;  // of --park
  const Context& context;
};

using Handler = std::shared_ptr<DeliveryHandler>;

Handler make_saver(const Parts& parts) {
  const auto& options = parts.options;
  return std::make_shared<SaveHandler>(*options.saver, decoder_of(options), options.plan.handled());
}

Handler make_exec(const Parts& parts) {
  const auto& [source, options, output, session, parking, context] = parts;
  const auto& handle = options.handle;
  // What an attempt prints that failed and is followed by another one is not printed.
  const bool collects =
      handle.reply || handle.concurrency > 1 || options.output.file || handle.retry.retries > 0;
  const ExecHandler::Plan plan{{*handle.command, handle.concurrency, collects},
                               handle.on_fail,
                               options.plan.ends_by_itself(),
                               handle.retry,
                               parking,
                               handle.drain};
  if (handle.reply) {
    return std::make_shared<ReplyHandler>(plan, output.writer(), session, context);
  }
  return std::make_shared<ExecHandler>(plan, output.writer(), session, context);
}

Handler print(const Parts& parts, Render render) {
  const auto& [source, options, output, session, parking, context] = parts;
  return std::make_shared<PrintHandler>(std::move(render), options.plan.handled(), output.writer(),
                                        session, context);
}

Handler make_printer(const Parts& parts) {
  return print(parts, make_render(parts.options, parts.output.is_terminal()));
}

Handler preview_forwarding(const Parts& parts) {
  return print(parts, render_forwarding(parts.source, parts.options));
}

Handler forward(const Parts& parts) {
  return make_forwarder(parts.source, parts.options, parts.context);
}

std::unique_ptr<ParkingPlace> open_parking_place(const ConsumeSource& source,
                                                 const ConsumeOptions& options,
                                                 const Context& context) {
  if (!options.handle.park) {
    return nullptr;
  }
  const ParkingPlace::Plan plan{source.broker, source.connection_name, *options.handle.park,
                                source.declares, options.recovers};
  return std::make_unique<ParkingPlace>(plan, context);
}

// What is done with the messages.
struct Handling {
  Handler (*make)(const Parts&);
  // When the handler takes large bodies that lie in files: nothing then decodes or formats them.
  enum { never, unless_on_terminal, always } takes_body_files;
};

Handling choose_handling(const ConsumeOptions& options) {
  const bool decodes = options.decompress || options.handle.filter_expression;
  if (options.saver) {
    return {make_saver, decodes ? Handling::never : Handling::always};
  }
  if (options.handle.command) {
    return {make_exec, Handling::never};
  }
  if (options.forward.is_given()) {
    return {options.forward.dry_run ? preview_forwarding : forward,
            decodes || options.expression ? Handling::never : Handling::always};
  }
  const bool formats = options.output.format != OutputFormat::raw || options.expression;
  return {make_printer, decodes || formats ? Handling::never : Handling::unless_on_terminal};
}

ReturnGuard::Plan guard_plan(const ConsumeOptions& options) {
  const auto& plan = options.plan;
  const bool holds_unmatched = options.handle.filter_expression && plan.unmatched == Fate::hold;
  return {.looks = plan.ack == AckMode::none || holds_unmatched,
          .force = options.force,
          .handles_failures = options.handle.command.has_value()};
}

// What is taken before the broker refuses to say whether more is there would go back with its
// channel, which counts as a failed delivery.
void check_may_ask(Session& session, const ConsumePlan& plan) {
  if (plan.until_empty && session.version().passive_declare_needs_configure() &&
      !look_up_queue_if_permitted(session, plan.queue)) {
    throw Error(Exit::denied,
                fmt::format("the user may not ask whether queue '{}' is empty", plan.queue),
                fmt::format("{} takes the permission configure for that, the releases after it do "
                            "not; --idle TIME ends without asking",
                            session.version().name()));
  }
}

// How the run's connections are.
SessionOptions consume_session(const ConsumeSource& source, const ConsumeOptions& options,
                               const Handling& handling, const Destination& output) {
  SessionOptions session;
  session.connection_name = source.connection_name;
  session.confirms = options.handle.reply;
  const auto most = options.handle.max_size.value_or(kMostInMemory);
  session.bodies.most_in_memory = most == 0 ? kLargestBody : most;
  session.bodies.hint = "--max-size allows more";
  session.bodies.large_in_files =
      handling.takes_body_files == Handling::always ||
      (handling.takes_body_files == Handling::unless_on_terminal && !output.is_terminal());
  return session;
}

Exit consume_from(SessionOwner& session, ListenerTopology& own, const ConsumeSource& source,
                  ConsumeOptions& options, const Handling& handling, Destination& output,
                  const Context& context) {
  auto& plan = options.plan;
  const auto& filter = options.handle.filter_expression;
  const auto matches = filter
                           ? matches_expression(filter, reads_message_body(*options.handle.filter),
                                                decoder_of(options))
                           : Matches();
  std::optional<Watchdog> watchdog;
  if (filter || options.expression) {
    watchdog.emplace(context);
  }
  std::optional<ReturnGuard> guard;
  if (!plan.temporary) {
    guard.emplace(broker_of_copies(source.broker, source.connection_name, context),
                  guard_plan(options), plan, context);
    guard->check_look(*session);
  }
  const auto place = open_parking_place(source, options, context);
  const auto handler = handling.make(
      {source, options, output, session, place ? &place->parking() : nullptr, context});
  auto report = consume_all(
      session, plan, *handler, context, matches,
      {.guard = guard ? &*guard : nullptr, .own = &own, .begin = [&output] { output.begin(); }});
  if (place) {
    place->close(goodbye_deadline(report.interrupted || report.error, context));
    report.maybe_twice += place->parking().maybe_twice();
  }
  return conclude(report, plan, static_cast<bool>(matches), context);
}

}  // namespace

Exit run_consume(const ConsumeSource& source, ConsumeOptions& options, const Context& context) {
  auto& plan = options.plan;
  const auto handling = choose_handling(options);
  Destination output(options.output.file, context.environment, context.stop, context.deadline,
                     options.record_file());
  if (plan.temporary && plan.unmatched == Fate::hold) {
    plan.unmatched = Fate::ack;  // a held message would go with the temporary queue
  }
  plan.ramps = !plan.temporary && !options.handle.command;
  ListenerTopology own;
  bool again = false;
  const auto prepare = [&](Session& session) {
    try {
      plan.queue = source.prepare(session, own);
      if (std::exchange(again, true)) {
        // Fails until the queue's node is back; the connector then tries again.
        look_up_queue_if_permitted(session, plan.queue);
      }
      check_may_ask(session, plan);
    } catch (...) {
      own.abandon(session, context);
      throw;
    }
  };
  Connector connector(source.broker, consume_session(source, options, handling, output), context,
                      prepare);
  SessionOwner session(connector, options.recovers);
  try {
    return consume_from(session, own, source, options, handling, output, context);
  } catch (...) {
    if (session) {
      own.abandon(*session, context);
    }
    throw;
  }
}

}  // namespace mscomm
