#pragma once

#include <optional>
#include <string>

#include "core/message/dead_letter.h"
#include "core/message/message_record.h"

namespace mscomm {

/// Where copies of messages go.
struct ForwardPlan {
  std::string exchange;                    ///< with the default exchange the key names a queue
  std::optional<std::string> routing_key;  ///< without one a copy keeps the message's own
  std::optional<Death> origin;             ///< back to where a dead letter was, instead
  bool same_broker = true;                 ///< whether copies can come back to the source queue
  std::optional<std::string> user;         ///< who publishes the copies, if that is known
  std::optional<double> rate;              ///< messages per second
};

/// What is published as a copy; the body is the message's.
struct CopyTarget {
  Route route;
  Properties properties;
};

/// Where the copy of a delivery goes, and its properties: the original's, after detach_copy() and,
/// if it goes back to where it died, begin_anew(). Throws Error{failed}, with a text to follow the
/// message's name, when it has no place to go to: it is no dead letter, or would come back to
/// `queue`, which is consumed.
CopyTarget target_of(const Delivery& delivery, std::string_view queue, const ForwardPlan& plan);

}  // namespace mscomm
