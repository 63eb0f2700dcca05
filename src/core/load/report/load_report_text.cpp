#include "core/load/report/load_report_text.h"

#include <fmt/format.h>

#include <array>

#include "core/runtime/text.h"

namespace mscomm::report {
namespace {

constexpr std::string_view kNarrowSpace = "\u202f";

// At most `most` bytes, cut between two characters if they are UTF-8.
std::string_view beginning(std::string_view bytes, std::size_t most) {
  if (bytes.size() <= most) {
    return bytes;
  }
  auto end = most;
  while (end > 0 && most - end < 4 && (static_cast<unsigned char>(bytes[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  return bytes.substr(0, end);
}

std::string without_carriage_returns(std::string_view bytes) {
  std::string lines;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes.substr(i, 2) != "\r\n") {
      lines += bytes[i];
    }
  }
  return lines;
}

std::string two_units(std::int64_t seconds, std::int64_t unit, const char* name,
                      std::int64_t smaller, const char* smaller_name) {
  const auto rest = seconds % unit / smaller;
  return fmt::format("{} {}", seconds / unit, name) +
         (rest > 0 ? fmt::format(" {} {}", rest, smaller_name) : "");
}

}  // namespace

std::string html_text(std::string_view bytes, std::size_t most) {
  const auto cut = beginning(bytes, most);
  std::string text;
  for (const char c : visible(without_carriage_returns(cut))) {
    switch (c) {
      case '&':
        text += "&amp;";
        break;
      case '<':
        text += "&lt;";
        break;
      case '>':
        text += "&gt;";
        break;
      case '"':
        text += "&quot;";
        break;
      case '\'':
        text += "&#39;";
        break;
      default:
        text += c;
    }
  }
  return cut.size() < bytes.size() ? text + "…" : text;
}

std::string count_text(std::uint64_t count) {
  const auto digits = fmt::to_string(count);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) {
      text += kNarrowSpace;
    }
    text += digits[i];
  }
  return text;
}

std::string number_text(double number) {
  return number < 999.95 ? fmt::format("{:.4g}", number)
                         : count_text(static_cast<std::uint64_t>(2 * number + 1) / 2);
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  if (part == 0 || part == whole) {
    return part == 0 ? "0%" : "100%";
  }
  const auto percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
  if (percent < 0.001) {
    return "under 0.001%";
  }
  return percent > 99.9 ? "over 99.9%" : fmt::format("{:.3g}%", percent);
}

std::string duration_text(Duration duration) {
  const std::chrono::nanoseconds exact = duration;
  const auto nanoseconds = exact.count();
  const auto seconds = std::chrono::round<std::chrono::seconds>(exact).count();
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 60 * kMinute;
  constexpr std::int64_t kDay = 24 * kHour;
  if (seconds >= kDay) {
    return two_units(seconds, kDay, "d", kHour, "h");
  }
  if (seconds >= kHour) {
    return two_units(seconds, kHour, "h", kMinute, "min");
  }
  if (seconds >= 2 * kMinute) {
    return two_units(seconds, kMinute, "min", 1, "s");
  }
  auto number = static_cast<double>(nanoseconds);
  for (const auto* unit : {"ns", "µs", "ms"}) {
    if (number < 999.5) {
      return fmt::format("{:.3g} {}", number, unit);
    }
    number /= 1000;
  }
  return fmt::format("{:.3g} s", number);
}

double in_milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

std::string size_text(std::uint64_t bytes) {
  auto number = static_cast<double>(bytes);
  for (const auto* unit : {"B", "kB", "MB", "GB"}) {
    if (number < 999.5) {
      return fmt::format("{:.3g} {}", number, unit);
    }
    number /= 1000;
  }
  return fmt::format("{} TB", number_text(number));
}

}  // namespace mscomm::report
