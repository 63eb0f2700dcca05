#include "core/publish/sending.h"

#include <fmt/format.h>
#include <unistd.h>

#include <optional>
#include <tuple>
#include <utility>

#include "core/output/destination.h"
#include "core/publish/publish_summary.h"
#include "core/publish/resume_file.h"
#include "core/publish/resumed_source.h"
#include "core/runtime/environment.h"
#include "core/runtime/text.h"
#include "core/telemetry/context.h"

namespace mscomm {
namespace {

// Two runs with the same words send to the same place.
std::string target_of(const Sending& sending) {
  const auto& [exchange, key] = std::tie(sending.plan.exchange, sending.plan.routing_key);
  if (sending.origin) {
    return fmt::format("each dead letter's {} origin",
                       *sending.origin == Death::first ? "first" : "last");
  }
  if (exchange && exchange->empty() && key) {
    return fmt::format("queue '{}'", visible(*key));
  }
  return fmt::format(
      "{}, {}",
      exchange ? fmt::format("exchange '{}'", visible(*exchange)) : "each record's exchange",
      key ? fmt::format("key '{}'", visible(*key)) : "each record's key");
}

ResumeAim aim_of(const Sending& sending, const Connector& connector) {
  ResumeAim aim{target_of(sending), {}};
  for (const auto& url : connector.brokers()) {
    aim.brokers.push_back(url.vhost == "/"
                              ? fmt::format("{}:{}", url.host, url.port)
                              : fmt::format("{}:{}/{}", url.host, url.port, visible(url.vhost)));
  }
  return aim;
}

}  // namespace

Exit run_sending(Connector& connector, std::unique_ptr<MessageSource> source,
                 const Sending& sending, const Context& context) {
  if (source->fd() == STDIN_FILENO && context.environment.stdin_is_terminal) {
    context.log.warning("reading from the terminal; Ctrl-D ends it");
  }
  if (sending.plan.confirm_timeout == Duration::zero()) {
    throw Error(Exit::usage, "--confirm-timeout: it must be more than 0");
  }
  if (sending.resume_file && (sending.resume_file->empty() || *sending.resume_file == "-")) {
    throw Error(Exit::usage, "--resume-file: it must be a file");
  }
  std::optional<ResumeFile> resume;
  if (sending.resume_file) {
    resume.emplace(*sending.resume_file, aim_of(sending, connector), sending.plan.window,
                   context.clock);
    source = resumed(std::move(source), *resume);
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
      publish_all(session, *source, sending.plan, context, answers ? &answers->writer() : nullptr,
                  resume ? &*resume : nullptr);
  return conclude(report, sending.plan, context.clock.now() - start, context);
}

}  // namespace mscomm
