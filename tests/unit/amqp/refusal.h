#pragma once

#include <string>

#include "core/amqp/broker_error.h"
#include "core/amqp/session.h"

namespace mscomm::test {

/// What a session throws when the broker closes its channel.
[[noreturn]] inline void refuse(int code, const std::string& text) {
  throw ChannelRefusal(broker_error(code, text), code, text);
}

}  // namespace mscomm::test
