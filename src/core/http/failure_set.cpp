#include "core/http/failure_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "core/runtime/error.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

// The faults that a list can name: another attempt may succeed.
constexpr std::array kNamedFaults{HttpFault::connect, HttpFault::resolve, HttpFault::tls,
                                  HttpFault::reset, HttpFault::timeout};

}  // namespace

FailureSet FailureSet::parse(std::string_view list, std::string_view what) {
  FailureSet set;
  std::string statuses;
  bool has_statuses = false;
  for (;;) {
    const auto comma = list.find(',');
    const auto item = trim(list.substr(0, comma));
    const auto* const fault = std::ranges::find(kNamedFaults, item, fault_name);
    if (fault != kNamedFaults.end()) {
      set.faults.set(static_cast<std::size_t>(*fault));
    } else if (!item.empty() && item.front() >= 'a' && item.front() <= 'z') {
      throw Error(Exit::usage, fmt::format("{}: '{}' is no way to fail", what, item),
                  "write connect, dns, tls, reset, timeout, or statuses such as 503 or 5xx");
    } else {
      statuses += fmt::format("{}{}", statuses.empty() ? "" : ",", item);
      has_statuses = true;
    }
    if (comma == std::string_view::npos) {
      break;
    }
    list.remove_prefix(comma + 1);
  }
  if (has_statuses) {
    set.statuses = StatusSet::parse(statuses, what);
  }
  return set;
}

bool FailureSet::contains(const HttpExchange& exchange) const {
  const bool has_fault =
      exchange.failure && faults.test(static_cast<std::size_t>(exchange.failure->fault));
  return has_fault || statuses.contains(exchange.response.status);
}

}  // namespace mscomm
