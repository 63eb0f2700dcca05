#pragma once

#include <memory>

#include "commands/consume_source.h"
#include "commands/options/consume_options.h"
#include "core/consume/delivery_handler.h"
#include "core/consume/print_handler.h"

namespace mscomm {

/// Connects to the broker that gets the copies, and makes the handler that sends them there. Throws
/// as Connector::connect(). All that is referred to must outlive the handler.
std::shared_ptr<DeliveryHandler> make_forwarder(const ConsumeSource& source,
                                                const ConsumeOptions& options,
                                                const Context& context);

/// A line that says where the copy of a message would go, for --dry-run.
Render render_forwarding(const ConsumeSource& source, const ConsumeOptions& options);

}  // namespace mscomm
