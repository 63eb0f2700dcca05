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

constexpr std::array kFields{
    Field<ConsumeReport>{"taken", "records that were written, or commands that ended",
                         [](const auto& r, View) { return number(r.taken); }},
    Field<ConsumeReport>{"acknowledged", "messages that are out of the queue",
                         [](const auto& r, View) { return number(r.acknowledged); }},
    Field<ConsumeReport>{"failed", "commands that failed",
                         [](const auto& r, View) { return number(failed(r)); }},
    Field<ConsumeReport>{"rejected", "messages that were dead-lettered or dropped",
                         [](const auto& r, View) { return number(r.rejected); }},
    Field<ConsumeReport>{"returned", "messages that went back to the queue",
                         [](const auto& r, View) { return number(r.returned); }},
    Field<ConsumeReport>{"redelivered", "messages that had been delivered before",
                         [](const auto& r, View) { return number(r.redelivered); }},
};

std::string text_of(const ConsumeReport& report) {
  auto text = fmt::format("{} taken, {} acknowledged", report.taken, report.acknowledged);
  for (const auto& [count, what] :
       {std::pair{failed(report), "failed"}, std::pair{report.rejected, "rejected"},
        std::pair{report.returned, "put back"}, std::pair{report.redelivered, "redelivered"}}) {
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
  const auto fields = step_fields<ConsumeReport>(kFields, report);
  context.observer.tell({.name = steps::kConsumeSummary,
                         .level = tells_why ? LogLevel::error : LogLevel::info,
                         .target = plan.queue,
                         .outcome = outcome,
                         .fields = fields},
                        "{}", text_of(report));
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
