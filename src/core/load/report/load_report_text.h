#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/runtime/clock.h"

// What load_report() is made of.
namespace mscomm::report {

/// `bytes` for an HTML element or a quoted attribute: markup is escaped, control characters and
/// what is not UTF-8 are shown as visible() does, controls of direction as \u202e. After `most`
/// bytes it ends with an ellipsis.
std::string html_text(std::string_view bytes, std::size_t most = 512);

/// "1 234 567", with narrow spaces that do not break.
std::string count_text(std::uint64_t count);

/// Four significant digits: "0.8333", "498.7"; above 1000 as count_text().
std::string number_text(double number);

/// "0.12%"; never "0%" for a part that is there, nor "100%" for one that is not the whole.
std::string share_text(std::uint64_t part, std::uint64_t whole);

/// Three significant digits and a unit: "847 µs", "12.3 ms", "1 min 40 s".
std::string duration_text(Duration duration);

/// With the fraction.
double in_milliseconds(Duration duration);

/// "12.3 MB": bytes in powers of 1000.
std::string size_text(std::uint64_t bytes);

}  // namespace mscomm::report
