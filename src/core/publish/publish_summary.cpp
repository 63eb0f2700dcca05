#include "core/publish/publish_summary.h"

#include <fmt/format.h>

#include <array>

#include "core/runtime/duration.h"
#include "core/telemetry/step_names.h"

namespace mscomm {
namespace {

using View = std::string_view;

struct PublishSummary {
  const PublishReport& counts;
  const PublishPlan& plan;
  Duration elapsed;
};

Value number(std::uint64_t count) { return count; }

constexpr std::array kPublishFields{
    Field<PublishSummary>{"sent", "messages that were sent",
                          [](const auto& s, View) { return number(s.counts.sent); }},
    Field<PublishSummary>{"confirmed", "that the broker has taken",
                          [](const auto& s, View) { return number(s.counts.confirmed); }},
    Field<PublishSummary>{"returned", "that no queue took",
                          [](const auto& s, View) { return number(s.counts.returned); }},
    Field<PublishSummary>{"refused", "that the broker did not take",
                          [](const auto& s, View) { return number(s.counts.refused); }},
    Field<PublishSummary>{"in_doubt", "of which nobody knows",
                          [](const auto& s, View) { return number(s.counts.in_doubt); }},
    Field<PublishSummary>{"resent", "sent again on another connection",
                          [](const auto& s, View) { return number(s.counts.resent); }},
    Field<PublishSummary>{"confirmed_before", "that an earlier run got confirmed; not sent",
                          [](const auto& s, View) { return number(s.counts.confirmed_before); }},
    Field<PublishSummary>{"perhaps_twice", "of those sent, what an earlier run may have sent, too",
                          [](const auto& s, View) { return number(s.counts.perhaps_twice); }},
    Field<PublishSummary>{"elapsed_ms", "how long it took",
                          [](const auto& s, View) { return Value(milliseconds_of(s.elapsed)); }},
};

constexpr std::array kRpcFields{
    Field<RpcReport>{"sent", "requests that were sent",
                     [](const auto& r, View) { return number(r.sent); }},
    Field<RpcReport>{"answered", "that were answered",
                     [](const auto& r, View) { return number(r.answered); }},
};

std::string text_of(const PublishSummary& summary) {
  const auto& [counts, plan, elapsed] = summary;
  if (counts.sent == 0 && counts.confirmed_before > 0 && !counts.error && !counts.interrupted) {
    return fmt::format("nothing to send: {} confirmed before",
                       counts.confirmed_before == 1
                           ? "the message was"
                           : fmt::format("{} messages were", counts.confirmed_before));
  }
  std::string text = fmt::format("{} sent", counts.sent);
  const auto add = [&text](std::uint64_t count, const char* what) {
    if (count > 0) {
      text += fmt::format(", {} {}", count, what);
    }
  };
  if (plan.confirms) {
    text += fmt::format(", {} confirmed", counts.confirmed);
  }
  add(counts.returned, plan.returned_is_failure ? "returned" : "heard by nobody");
  add(counts.refused, "refused");
  add(counts.in_doubt, "in doubt");
  add(counts.resent, "sent again");
  add(counts.perhaps_twice, "perhaps twice");
  add(counts.confirmed_before, "confirmed before");
  const double seconds = std::chrono::duration<double>(elapsed).count();
  if (counts.sent > 1 && seconds > 0) {
    text += fmt::format(", {:.0f}/s", static_cast<double>(counts.sent) / seconds);
  }
  text += plan.confirms ? "" : " (not confirmed: --no-confirm)";
  text += plan.mandatory ? "" : " (unroutable messages go unnoticed: --no-mandatory)";
  return text;
}

}  // namespace

Exit conclude(const PublishReport& report, const PublishPlan& plan, Duration elapsed,
              const Context& context) {
  const auto outcome = report.exit(plan);
  if (report.error) {
    context.log.error(*report.error);
  }
  const bool tells_why = outcome != Exit::ok && !report.error;
  const PublishSummary summary{report, plan, elapsed};
  const auto fields = step_fields<PublishSummary>(kPublishFields, summary);
  context.observer.tell({.name = steps::kPublishSummary,
                         .level = tells_why ? LogLevel::error : LogLevel::summary,
                         .duration = elapsed,
                         .outcome = outcome,
                         .fields = fields},
                        "{}", text_of(summary));
  return outcome;
}

Exit conclude(const RpcReport& report, const Context& context) {
  Tally requests;
  requests.add(Exit::ok, report.answered);
  requests.add(Exit::failed, report.sent - report.answered);
  const auto outcome = exit_code(requests, report.error ? report.error->reason() : Exit::ok);
  if (report.error) {
    context.log.error(*report.error);
  }
  const auto fields = step_fields<RpcReport>(kRpcFields, report);
  context.observer.tell({.name = steps::kRpcSummary,
                         .level = LogLevel::summary,
                         .outcome = outcome,
                         .fields = fields},
                        "{} sent, {} answered", report.sent, report.answered);
  return outcome;
}

}  // namespace mscomm
