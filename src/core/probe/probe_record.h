#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/output/record.h"
#include "core/probe/prober.h"

namespace mscomm {

/// What `probe` reports about one target.
struct ProbeRecord {
  std::string target;      ///< without a password
  std::string_view kind;   ///< "http", "amqp", "tcp"
  std::string_view level;  ///< of a broker's check, else empty
  ProbeResult result;
};

/// The fields for `--format json` and `--format '{target} {outcome}\n'`.
std::span<const Field<ProbeRecord>> probe_fields();

/// Appends a line for people for each record, its columns aligned: whether it holds, the target,
/// and what was found or why it does not hold.
void append_probe_text(std::string& out, std::span<const ProbeRecord> records, bool color);

}  // namespace mscomm
