#pragma once

#include <bitset>
#include <string_view>

#include "core/http/http.h"
#include "core/http/status_set.h"

namespace mscomm {

/// Statuses and faults that count as a failure of an exchange.
struct FailureSet {
  /// Reads a list of connect, dns, tls, reset, timeout, and of statuses in the syntax of
  /// StatusSet::parse(). Throws Error{usage} that begins with `what`.
  static FailureSet parse(std::string_view list, std::string_view what);

  /// Whether its fault is one of them, or its status, also that of a response that broke off.
  [[nodiscard]] bool contains(const HttpExchange& exchange) const;

  StatusSet statuses = StatusSet::none();
  std::bitset<16> faults;  ///< by HttpFault
};

}  // namespace mscomm
