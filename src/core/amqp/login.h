#pragma once

#include <amqp.h>

#include <string>

#include "core/amqp/broker_url.h"
#include "core/amqp/frame_stream.h"

namespace mscomm {

// The client's side of a login (AMQP 0-9-1 §2.2.4), as far as it depends on what the broker offers.

/// "RabbitMQ 3.10.8", of connection.start.
std::string server_name(const amqp_connection_start_t& start);

/// Buffers connection.start-ok: who we are, and a login as the URL says. Throws Error{denied} when
/// the broker does not offer that kind of login.
void answer_start(FrameStream& frames, const amqp_connection_start_t& start, const BrokerUrl& url,
                  const std::string& connection_name);

/// Buffers connection.tune-ok with the lower of what the broker and the URL allow, and applies it.
/// `heartbeat_seconds` is the wish when the URL has none. Throws Error{unreachable} for frames
/// smaller than the protocol's least.
void answer_tune(FrameStream& frames, const amqp_connection_tune_t& offer, const BrokerUrl& url,
                 int heartbeat_seconds);

}  // namespace mscomm
