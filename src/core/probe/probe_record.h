#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/output/record.h"
#include "core/probe/prober.h"

namespace mscomm {

/// The record of `probe` about one target.
struct ProbeRecord {
  std::string target;      ///< without a password
  std::string_view kind;   ///< "http", "amqp", "tcp"
  std::string_view level;  ///< of a broker's check, else empty
  ProbeResult result;
};

/// The fields for `--format json` and `--format '{target} {outcome}\n'`.
std::span<const Field<ProbeRecord>> probe_fields();

/// Appends for people one line for each record, in aligned columns: success or failure, the target,
/// and the result or the error.
void append_probe_text(std::string& out, std::span<const ProbeRecord> records, bool color);

}  // namespace mscomm
