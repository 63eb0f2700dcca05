#include "core/message/route_text.h"

#include <fmt/format.h>

namespace mscomm {

std::string route_text(const Route& route) {
  return route.exchange.empty()
             ? fmt::format("queue '{}'", route.routing_key)
             : fmt::format("exchange '{}' with key '{}'", route.exchange, route.routing_key);
}

}  // namespace mscomm
