#include "core/consume/consume_summary.h"

#include <fmt/format.h>

#include <utility>

#include "core/telemetry/log.h"

namespace mscomm {
namespace {

std::string summary_of_consumed(const ConsumeReport& result) {
  auto text = fmt::format("{} taken, {} acknowledged", result.taken, result.acknowledged);
  const std::uint64_t failed = result.outcomes.count(Exit::failed);
  for (const auto& [count, what] :
       {std::pair{failed, "failed"}, std::pair{result.rejected, "rejected"},
        std::pair{result.returned, "put back"}, std::pair{result.redelivered, "redelivered"}}) {
    if (count > 0) {
      text += fmt::format(", {} {}", count, what);
    }
  }
  return text;
}

}  // namespace

Exit report_consumed(const ConsumeReport& result, const ConsumePlan& plan, const Context& context,
                     bool filters) {
  const auto reason = result.error ? result.error->reason() : Exit::ok;
  const auto exit = exit_code(result.outcomes, reason);
  if (result.error || exit == Exit::ok) {
    context.log.info("{}", summary_of_consumed(result));
  } else {
    context.log.error(Error(exit, summary_of_consumed(result)));
  }
  if (result.error) {
    context.log.error(*result.error);
  }
  if (exit != Exit::ok) {
    return exit;
  }
  const bool stops_by_itself = plan.ends_by_itself() || context.deadline.at();
  if (result.taken == 0 && stops_by_itself && !result.interrupted && !result.reader_gone) {
    const auto* what =
        filters ? "no message of queue '{}' matched" : "nothing came from queue '{}'";
    context.log.error(Error(Exit::empty, fmt::format(fmt::runtime(what), plan.queue)));
    return Exit::empty;
  }
  return Exit::ok;
}

}  // namespace mscomm
