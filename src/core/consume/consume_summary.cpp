#include "core/consume/consume_summary.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "core/runtime/error.h"
#include "core/telemetry/step_names.h"

namespace mscomm {
namespace {

using View = std::string_view;

Value number(std::uint64_t count) { return count; }

std::uint64_t failed(const ConsumeReport& report) { return report.outcomes.count(Exit::failed); }
std::uint64_t forwarded(const ConsumeReport& report) { return report.outcomes.count(Exit::ok); }

constexpr std::array kFields{
    Field<ConsumeReport>{"taken", "records that were written, or commands that ended",
                         [](const auto& r, View) { return number(r.taken); }},
    Field<ConsumeReport>{"acknowledged", "messages that are out of the queue",
                         [](const auto& r, View) { return number(r.acknowledged - r.copied); }},
    Field<ConsumeReport>{"failed", "commands that failed",
                         [](const auto& r, View) { return number(failed(r)); }},
    Field<ConsumeReport>{"retried", "attempts of a command after a message's first",
                         [](const auto& r, View) { return number(r.retried); }},
    Field<ConsumeReport>{"parked", "messages that were copied into the queue of --park",
                         [](const auto& r, View) { return number(r.parked); }},
    Field<ConsumeReport>{"maybe_twice", "messages of which there may be two copies, at most",
                         [](const auto& r, View) { return number(r.maybe_twice); }},
    Field<ConsumeReport>{"rejected", "messages that were dead-lettered or dropped",
                         [](const auto& r, View) { return number(r.rejected); }},
    Field<ConsumeReport>{"returned", "messages that went back to the queue",
                         [](const auto& r, View) { return number(r.returned); }},
    Field<ConsumeReport>{"copied", "messages that went back as copies, at the queue's end",
                         [](const auto& r, View) { return number(r.copied); }},
    Field<ConsumeReport>{"redelivered", "messages that had been delivered before",
                         [](const auto& r, View) { return number(r.redelivered); }},
};

// Of a run that forwards; what it has acknowledged it has forwarded, or a filter left it out.
constexpr std::array kForwardFields{
    Field<ConsumeReport>{"forwarded", "messages of which a copy is confirmed",
                         [](const auto& r, View) { return number(forwarded(r)); }},
    Field<ConsumeReport>{"left", "messages that stayed in the queue",
                         [](const auto& r, View) { return number(r.taken - forwarded(r)); }},
};

std::string text_of(const ConsumeReport& report) {
  auto text =
      fmt::format("{} taken, {} acknowledged", report.taken, report.acknowledged - report.copied);
  for (const auto& [count, what] :
       {std::pair{failed(report), "failed"}, std::pair{report.retried, "retried"},
        std::pair{report.parked, "parked"}, std::pair{report.maybe_twice, "may be there twice"},
        std::pair{report.rejected, "rejected"}, std::pair{report.returned, "put back"},
        std::pair{report.copied, "put back as copies"},
        std::pair{report.redelivered, "redelivered"}}) {
    if (count > 0) {
      text += fmt::format(", {} {}", count, what);
    }
  }
  return text;
}

std::string forwarding_text_of(const ConsumeReport& report) {
  auto text = fmt::format("{} forwarded", forwarded(report));
  for (const auto& [count, what] :
       {std::pair{report.taken - forwarded(report), "left in the queue"},
        std::pair{report.maybe_twice, "may be there twice"},
        std::pair{report.redelivered, "redelivered"}}) {
    if (count > 0) {
      text += fmt::format(", {} {}", count, what);
    }
  }
  return text;
}

// Whether a run that ended by itself found no messages.
bool came_to_nothing(const ConsumeReport& report, const ConsumePlan& plan, const Context& context) {
  const bool stops_by_itself = plan.ends_by_itself() || context.deadline.at();
  return report.taken == 0 && stops_by_itself && !report.interrupted && !report.reader_gone;
}

}  // namespace

Exit conclude(const ConsumeReport& report, const ConsumePlan& plan, bool filters,
              const Context& context) {
  auto outcome = exit_code(report.outcomes, report.error ? report.error->reason() : Exit::ok);
  const bool tells_why = outcome != Exit::ok && !report.error;
  const bool is_empty = outcome == Exit::ok && came_to_nothing(report, plan, context);
  outcome = is_empty ? Exit::empty : outcome;
  auto fields = step_fields<ConsumeReport>(kFields, report);
  if (plan.forwards) {
    const auto more = step_fields<ConsumeReport>(kForwardFields, report);
    fields.insert(fields.end(), more.begin(), more.end());
  }
  const auto level = plan.forwards ? LogLevel::summary : LogLevel::info;
  context.observer.tell({.name = steps::kConsumeSummary,
                         .level = tells_why ? LogLevel::error : level,
                         .target = plan.queue,
                         .outcome = outcome,
                         .fields = fields},
                        "{}", plan.forwards ? forwarding_text_of(report) : text_of(report));
  if (report.error) {
    context.log.error(*report.error);
  }
  if (is_empty) {
    context.log.error(
        Error(Exit::empty, filters ? fmt::format("no message of queue '{}' matched", plan.queue)
                                   : fmt::format("nothing came from queue '{}'", plan.queue)));
  }
  return outcome;
}

}  // namespace mscomm
