#include "core/consume/forward_plan.h"

#include <utility>

#include "core/runtime/error.h"

namespace mscomm {
namespace {

Route route_of(const Delivery& delivery, const ForwardPlan& plan) {
  if (!plan.origin) {
    return {plan.exchange, plan.routing_key.value_or(std::string(delivery.routing_key))};
  }
  auto origin = origin_of(*delivery.properties, *plan.origin);
  if (!origin) {
    throw Error(Exit::failed, "has no header x-death that says where it was",
                "--to-origin is for dead letters; --to and --to-exchange say where others go");
  }
  return std::move(*origin);
}

}  // namespace

CopyTarget target_of(const Delivery& delivery, std::string_view queue, const ForwardPlan& plan) {
  CopyTarget target{route_of(delivery, plan), *delivery.properties};
  const bool names_queue = target.route.exchange.empty();
  if (names_queue && plan.same_broker && target.route.routing_key == queue) {
    throw Error(Exit::failed, "would come back to the queue that it is taken from");
  }
  detach_copy(target.properties, plan.user);
  if (plan.origin || (names_queue && has_died_in(target.properties, target.route.routing_key))) {
    begin_anew(target.properties);
  }
  return target;
}

}  // namespace mscomm
