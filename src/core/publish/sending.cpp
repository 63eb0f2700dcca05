#include "core/publish/sending.h"

#include <fmt/format.h>
#include <unistd.h>

#include <optional>

#include "core/output/writer.h"
#include "core/runtime/environment.h"
#include "core/runtime/files.h"
#include "core/telemetry/context.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

Exit report_on(const PublishReport& report, const PublishPlan& plan, Duration elapsed,
               const Context& context) {
  const auto result = report.exit(plan);
  const double seconds = std::chrono::duration<double>(elapsed).count();
  std::string text = fmt::format("{} sent", report.sent);
  const auto add = [&](std::uint64_t count, const char* what) {
    if (count > 0) {
      text += fmt::format(", {} {}", count, what);
    }
  };
  if (plan.confirms) {
    text += fmt::format(", {} confirmed", report.confirmed);
  }
  add(report.returned, plan.returned_is_failure ? "returned" : "heard by nobody");
  add(report.refused, "refused");
  add(report.in_doubt, "in doubt");
  add(report.resent, "sent again");
  if (report.sent > 1 && seconds > 0) {
    text += fmt::format(", {:.0f}/s", static_cast<double>(report.sent) / seconds);
  }
  text += plan.confirms ? "" : " (not confirmed: --no-confirm)";
  text += plan.mandatory ? "" : " (unroutable messages go unnoticed: --no-mandatory)";
  if (report.error) {
    context.log.error(*report.error);
  }
  // With --quiet, too, a run that failed says why.
  const bool tells_why = result != Exit::ok && !report.error;
  context.log.summary(
      text, tells_why ? LogLevel::error : LogLevel::info,
      fmt::format(R"("outcome":"{}","sent":{},"confirmed":{},"returned":{},"refused":{},)"
                  R"("in_doubt":{},"resent":{},"elapsed_ms":{:.1f})",
                  exit_name(result), report.sent, report.confirmed, report.returned, report.refused,
                  report.in_doubt, report.resent, seconds * 1000));
  return result;
}

}  // namespace

Exit run_sending(Connector& connector, MessageSource& source, const Sending& sending,
                 const Context& context) {
  if (source.fd() == STDIN_FILENO && context.environment.stdin_is_terminal) {
    context.log.warning("reading from the terminal; Ctrl-D ends it");
  }
  if (sending.plan.confirm_timeout == Duration::zero()) {
    throw Error(Exit::usage, "--confirm-timeout: it must be more than 0");
  }
  std::optional<Writer> answers;
  if (sending.report) {
    // Written as answers come, not renamed at the end: who kills the run wants to know them, too.
    if (*sending.report == "-") {
      answers.emplace(STDOUT_FILENO, "stdout", context.stop);
    } else {
      answers.emplace(open_for_writing(*sending.report), *sending.report, context.stop);
    }
  }
  SessionOwner session(connector, sending.recovers);
  const auto start = context.clock.now();
  const auto report =
      publish_all(session, source, sending.plan, context, answers ? &*answers : nullptr);
  return report_on(report, sending.plan, context.clock.now() - start, context);
}

}  // namespace mscomm
