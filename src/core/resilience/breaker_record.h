#pragma once

#include <span>
#include <string>

#include "core/output/record.h"
#include "core/resilience/breaker_state.h"

namespace mscomm {

/// The record of `breaker` about one circuit.
struct BreakerRecord {
  BreakerState state;
  WallMilliseconds now;

  /// The time until calls are tried again, never negative; nothing when the state does not end by
  /// itself.
  [[nodiscard]] std::optional<Milliseconds> remaining() const;
};

/// The fields for `--format json` and `--format '{key} {state}\n'`.
std::span<const Field<BreakerRecord>> breaker_fields();

/// Appends for people one line for each record, in aligned columns.
void append_breaker_text(std::string& out, std::span<const BreakerRecord> records, bool color);

/// Appends a line for each field that the record has, for people.
void append_breaker_page(std::string& out, const BreakerRecord& record);

/// A time for people: "7.4s", "4m12s".
std::string shown_time(Milliseconds time);

}  // namespace mscomm
