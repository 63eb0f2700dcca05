#include "commands/forward_run.h"

#include <fmt/format.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/consume/forward_handler.h"
#include "core/expression/expression.h"
#include "core/message/decompress.h"
#include "core/message/route_text.h"
#include "core/runtime/text.h"
#include "core/telemetry/context.h"

namespace mscomm {
namespace {

// What the copies of a message hold: its body decompressed, the results of an expression, or both.
class CopiedBodies {
 public:
  explicit CopiedBodies(const ConsumeOptions& options)
      : expression_(options.expression), decompresses_(options.decompress) {}

  void operator()(const DeliveryRecord& record, const std::function<void(const Delivery&)>& take) {
    Delivery copy = record.delivery;
    std::vector<std::string> bodies;
    try {
      copy = decompresses_ ? decompressor_.decoded(copy) : copy;
      if (expression_) {
        bodies = expression_->results(copy.body);
      }
    } catch (Error& error) {
      error.add_context("cannot be copied");
      throw;
    }
    if (!expression_) {
      take(copy);
    }
    for (const auto& body : bodies) {
      copy.body = body;
      take(copy);
    }
  }

 private:
  decltype(ConsumeOptions::expression) expression_;
  bool decompresses_;
  Decompressor decompressor_;
};

MakeCopies copies_of(const ConsumeOptions& options) {
  return options.expression || options.decompress ? MakeCopies(CopiedBodies(options))
                                                  : copy_unchanged;
}

// The handler and what it refers to.
struct Forwarder {
  Forwarder(const BrokerOptions& target, const ConsumeSource& source, const ConsumeOptions& options,
            const Context& context)
      : connector(target, publishing_options(source.connection_name, "forwards"), context),
        session(connector, options.recovers),
        handler(options.forward.plan(source.broker, target), {}, copies_of(options), session,
                context) {
    handler.check_target();
  }

  Connector connector;
  SessionOwner session;
  ForwardHandler handler;
};

}  // namespace

std::shared_ptr<DeliveryHandler> make_forwarder(const ConsumeSource& source,
                                                const ConsumeOptions& options,
                                                const Context& context) {
  const auto target = options.forward.broker(source.broker);
  const auto forwarder = std::make_shared<Forwarder>(target, source, options, context);
  return {forwarder, &forwarder->handler};
}

Render render_forwarding(const ConsumeSource& source, const ConsumeOptions& options) {
  auto plan = options.forward.plan(source.broker, options.forward.broker(source.broker));
  return [plan = std::move(plan), copies_of = copies_of(options)](
             std::string& out, const DeliveryRecord& record, const Pause& /*pause*/) {
    const auto& id = record.delivery.properties->message_id;
    std::size_t copies = 0;
    auto fate = std::string("stays: there is no copy");
    try {
      copies_of(record, [&](const Delivery& copy) {
        fate = "to " + route_text(target_of(copy, record.queue, plan).route);
        ++copies;
      });
    } catch (const Error& error) {
      fate = fmt::format("stays: it {}", error.what());
    }
    out += in_one_line(fmt::format("message {}{}: {}{}", record.delivery.delivery_tag,
                                   id ? fmt::format(" (id '{}')", *id) : "", fate,
                                   copies > 1 ? fmt::format(", {} copies", copies) : ""));
    out += '\n';
  };
}

}  // namespace mscomm
