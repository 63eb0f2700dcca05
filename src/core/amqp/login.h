#pragma once

#include <amqp.h>

#include <string>

#include "core/amqp/broker_url.h"
#include "core/amqp/broker_version.h"
#include "core/amqp/frame_stream.h"

namespace mscomm {

// The client's side of a login (AMQP 0-9-1 §2.2.4), as far as it depends on what the broker offers.

/// Product and version from connection.start.
BrokerVersion broker_version(const amqp_connection_start_t& start);

/// Buffers connection.start-ok: the client's properties, and the URL's login by SASL PLAIN or
/// EXTERNAL. Throws Error{denied} when the broker does not offer that mechanism.
void answer_start(FrameStream& frames, const amqp_connection_start_t& start, const BrokerUrl& url,
                  const std::string& connection_name);

/// Buffers connection.tune-ok with the lower of the broker's and the URL's limits, and applies it.
/// `heartbeat_seconds` is used when the URL has none. Throws Error{unreachable} for a frame size
/// below the protocol's minimum.
void answer_tune(FrameStream& frames, const amqp_connection_tune_t& offer, const BrokerUrl& url,
                 int heartbeat_seconds);

}  // namespace mscomm
