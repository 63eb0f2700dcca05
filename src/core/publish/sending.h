#pragma once

#include "core/amqp/connector.h"
#include "core/message/dead_letter.h"
#include "core/publish/publisher.h"

namespace mscomm {

/// How a command publishes, and how it reports.
struct Sending {
  PublishPlan plan;
  bool recovers = true;  ///< reconnects and sends unanswered messages again
  /// The file for a JSON line about each message; `-` is stdout.
  std::optional<std::string> report = {};
  std::optional<std::string> resume_file = {};
  std::optional<Death> origin = {};  ///< where records are sent back to
};

/// Publishes all messages through a session of the connector, reports on stderr and returns the
/// exit code. Throws only while nothing is sent: as Connector::connect(), Error{usage} for a
/// confirm timeout of 0, Error{io} when the report's file cannot be written, as ResumeFile does.
Exit run_sending(Connector& connector, std::unique_ptr<MessageSource> source,
                 const Sending& sending, const Context& context);

}  // namespace mscomm
