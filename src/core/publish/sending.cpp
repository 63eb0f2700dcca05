#include "core/publish/sending.h"

#include <unistd.h>

#include <optional>

#include "core/output/destination.h"
#include "core/publish/publish_summary.h"
#include "core/runtime/environment.h"
#include "core/telemetry/context.h"

namespace mscomm {
Exit run_sending(Connector& connector, MessageSource& source, const Sending& sending,
                 const Context& context) {
  if (source.fd() == STDIN_FILENO && context.environment.stdin_is_terminal) {
    context.log.warning("reading from the terminal; Ctrl-D ends it");
  }
  if (sending.plan.confirm_timeout == Duration::zero()) {
    throw Error(Exit::usage, "--confirm-timeout: it must be more than 0");
  }
  std::optional<Destination> answers;
  if (sending.report) {
    // Written as answers come, not renamed at the end: the list must survive a killed run.
    answers.emplace(sending.report, context.environment, context.stop, context.deadline,
                    Replacing::at_once);
  }
  SessionOwner session(connector, sending.recovers);
  const auto start = context.clock.now();
  const auto report =
      publish_all(session, source, sending.plan, context, answers ? &answers->writer() : nullptr);
  return conclude(report, sending.plan, context.clock.now() - start, context);
}

}  // namespace mscomm
