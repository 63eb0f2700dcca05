#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/runtime/clock.h"

// The parts of load_report().
namespace mscomm::report {

/// `bytes` for an HTML element or a quoted attribute: markup is escaped, what is not seen appears
/// as in visible(). Longer text ends with an ellipsis after `most` bytes.
std::string html_text(std::string_view bytes, std::size_t most = 512);

/// "1 234 567", with narrow no-break spaces.
std::string count_text(std::uint64_t count);

/// Four significant digits: "0.8333", "498.7"; above 1000 as count_text().
std::string number_text(double number);

/// "0.12%"; never "0%" for a part above 0, nor "100%" for a part below the whole.
std::string share_text(std::uint64_t part, std::uint64_t whole);

/// Three significant digits and a unit: "847 µs", "12.3 ms", "1 min 40 s".
std::string duration_text(Duration duration);

/// Includes the fraction of a millisecond.
double in_milliseconds(Duration duration);

/// "12.3 MB": bytes in powers of 1000.
std::string size_text(std::uint64_t bytes);

}  // namespace mscomm::report
