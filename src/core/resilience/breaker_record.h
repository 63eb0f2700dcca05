#pragma once

#include <span>
#include <string>

#include "core/output/record.h"
#include "core/resilience/breaker_state.h"

namespace mscomm {

/// What `breaker` reports about one circuit.
struct BreakerRecord {
  BreakerState state;
  WallMilliseconds now;

  /// Until calls are tried again, never negative; nothing when that is not up to time.
  [[nodiscard]] std::optional<Milliseconds> remaining() const;
};

/// The fields for `--format json` and `--format '{key} {state}\n'`.
std::span<const Field<BreakerRecord>> breaker_fields();

/// Appends a line for people for each record, its columns aligned.
void append_breaker_text(std::string& out, std::span<const BreakerRecord> records, bool color);

/// Appends a line for each field that the record has, for people.
void append_breaker_page(std::string& out, const BreakerRecord& record);

/// A time for people: "7.4s", "4m12s".
std::string shown_time(Milliseconds time);

}  // namespace mscomm
