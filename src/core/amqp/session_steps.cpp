#include "core/amqp/session_steps.h"

#include "core/telemetry/step_names.h"

namespace mscomm {

void tell_lost(const Session& session, const Error& why, Observer& observer) {
  observer.tell({.name = steps::kConnectionLost,
                 .level = LogLevel::warning,
                 .target = session.name(),
                 .outcome = why.reason()},
                "{}; connecting again", why.what());
}

void tell_recovered(const Session& session, Duration without, StepFields fields,
                    std::string_view text, Observer& observer) {
  observer.tell({.name = steps::kConnectionRecovered,
                 .level = LogLevel::warning,
                 .target = session.name(),
                 .duration = without,
                 .fields = fields},
                "{}", text);
}

void tell_blocked(const Session& session, const Blocked& blocked, std::string_view so,
                  Observer& observer) {
  observer.tell({.name = steps::kBrokerBlocked,
                 .level = LogLevel::warning,
                 .target = session.name(),
                 .fields = {{"reason", blocked.reason}}},
                "{} blocks publishers: {}{}", session.name(), blocked.reason, so);
}

void tell_unblocked(const Session& session, std::string_view does_again, Observer& observer) {
  observer.tell(
      {.name = steps::kBrokerUnblocked, .level = LogLevel::warning, .target = session.name()},
      "{} {}", session.name(), does_again);
}

}  // namespace mscomm
