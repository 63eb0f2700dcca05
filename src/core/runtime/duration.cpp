#include "core/runtime/duration.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "core/runtime/error.h"

namespace mscomm {
namespace {

using std::chrono::duration_cast;
using std::chrono::nanoseconds;

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array<Unit, 7> kTimeUnits{{{"ns", 1.0},
                                          {"us", 1e3},
                                          {"ms", 1e6},
                                          {"s", 1e9},
                                          {"m", 60e9},
                                          {"h", 3600e9},
                                          {"d", 86400e9}}};

constexpr std::array<Unit, 8> kSizeUnits{{{"", 1},
                                          {"B", 1},
                                          {"KB", 1e3},
                                          {"MB", 1e6},
                                          {"GB", 1e9},
                                          {"KiB", 1024},
                                          {"MiB", 1024.0 * 1024},
                                          {"GiB", 1024.0 * 1024 * 1024}}};

// Removes a non-negative decimal number from the front of `text`.
bool take_number(std::string_view& text, double& number) {
  if (text.empty() || (text.front() != '.' && (text.front() < '0' || text.front() > '9'))) {
    return false;
  }
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{}) {
    return false;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

template <std::size_t N>
const Unit* take_unit(std::string_view& text, const std::array<Unit, N>& units) {
  std::size_t length = 0;
  while (length < text.size() && text[length] != '.' &&
         (text[length] < '0' || text[length] > '9')) {
    ++length;
  }
  const auto name = text.substr(0, length);
  for (const auto& unit : units) {
    if (unit.name == name) {
      text.remove_prefix(length);
      return &unit;
    }
  }
  return nullptr;
}

[[noreturn]] void refuse_duration(std::string_view text, std::string_view what) {
  throw Error(Exit::usage, fmt::format("{}: '{}' is not a duration", what, text),
              "write a number and a unit: 250ms, 5s, 2m or 1h");
}

// Writes `number` with leading zeros, then `end`; returns the position after it.
char* put_digits(char* at, std::int64_t number, std::size_t width, char end) {
  for (auto i = width; i > 0; number /= 10) {
    at[--i] = static_cast<char>('0' + number % 10);
  }
  at[width] = end;
  return at + width + 1;
}

}  // namespace

Duration parse_duration(std::string_view text, std::string_view what) {
  if (text == "0") {
    return Duration::zero();
  }
  double sum = 0;
  auto rest = text;
  do {
    double number = 0;
    if (!take_number(rest, number)) {
      refuse_duration(text, what);
    }
    const auto* unit = take_unit(rest, kTimeUnits);
    if (unit == nullptr) {
      refuse_duration(text, what);
    }
    sum += number * unit->factor;
  } while (!rest.empty());
  constexpr double kCentury = 100.0 * 365 * 86400e9;
  if (sum > kCentury) {
    throw Error(Exit::usage, fmt::format("{}: '{}' is longer than a century", what, text));
  }
  return std::chrono::round<Duration>(FineNanoseconds(sum));
}

std::string format_duration(Duration duration) {
  const auto total = duration_cast<nanoseconds>(duration).count();
  if (total % 1'000'000'000 != 0) {
    if (total % 1'000'000 == 0) {
      return fmt::format("{}ms", total / 1'000'000);
    }
    return fmt::format("{}{}", total % 1000 == 0 ? total / 1000 : total,
                       total % 1000 == 0 ? "us" : "ns");
  }
  auto seconds = total / 1'000'000'000;
  std::string text;
  for (const auto& [name, length] : {std::pair{'h', 3600}, std::pair{'m', 60}}) {
    if (seconds >= length) {
      text += fmt::format("{}{}", seconds / length, name);
      seconds %= length;
    }
  }
  if (seconds > 0 || text.empty()) {
    text += fmt::format("{}s", seconds);
  }
  return text;
}

double milliseconds_of(Duration duration) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  return static_cast<double>(micros) / 1000.0;
}

std::uint64_t parse_size(std::string_view text, std::string_view what) {
  auto rest = text;
  double number = 0;
  const Unit* unit = nullptr;
  if (take_number(rest, number)) {
    unit = take_unit(rest, kSizeUnits);
  }
  constexpr double kExactDoubles = 9007199254740992.0;
  if (unit == nullptr || !rest.empty() || number * unit->factor > kExactDoubles) {
    throw Error(Exit::usage, fmt::format("{}: '{}' is not a size", what, text),
                "write a number of bytes or a number and a unit: 512, 16KiB, 1MB");
  }
  const auto bytes = number * unit->factor;
  const auto whole = static_cast<std::uint64_t>(bytes);
  return bytes - static_cast<double>(whole) < 0.5 ? whole : whole + 1;
}

void append_rfc3339(std::string& out, WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<Milliseconds>(time - day));
  // Every record has a time stamp; a format string for it took a third of the time of a record.
  char text[] = "YYYY-MM-DDThh:mm:ss.fffZ";
  auto* at = put_digits(text, static_cast<int>(date.year()), 4, '-');
  at = put_digits(at, static_cast<unsigned>(date.month()), 2, '-');
  at = put_digits(at, static_cast<unsigned>(date.day()), 2, 'T');
  at = put_digits(at, clock.hours().count(), 2, ':');
  at = put_digits(at, clock.minutes().count(), 2, ':');
  at = put_digits(at, clock.seconds().count(), 2, '.');
  at = put_digits(at, clock.subseconds().count(), 3, 'Z');
  out.append(text, at);
}

std::string format_rfc3339(WallTime time) {
  std::string text;
  append_rfc3339(text, time);
  return text;
}

double parse_rate(std::string_view text, std::string_view what) {
  auto rest = text;
  double number = 0;
  double seconds = 0;
  if (take_number(rest, number)) {
    seconds = rest.empty() || rest == "/s" ? 1 : rest == "/m" ? 60 : rest == "/h" ? 3600 : 0;
  }
  constexpr double kSlowest = 1e-8;  // once in three years, still countable in nanoseconds
  if (number <= 0 || seconds == 0 || number / seconds < kSlowest) {
    throw Error(Exit::usage, fmt::format("{}: '{}' is not a rate", what, text),
                "write a number per second, or for example 100/s, 6000/m, 10/h");
  }
  constexpr double kFastest = 1e9;  // once a nanosecond
  if (number / seconds > kFastest) {
    throw Error(Exit::usage,
                fmt::format("{}: '{}' is more than a thousand million a second", what, text));
  }
  return number / seconds;
}

}  // namespace mscomm
