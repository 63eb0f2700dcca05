#include "core/schema/format_time.h"

#include <algorithm>
#include <chrono>

namespace mscomm {
namespace {

// Reads a text from its start; remembers a mismatch.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : text_(text) {}

  // A number of exactly `digits` digits, from 0 to `most`.
  int number(std::size_t digits, int most) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char c = i < text_.size() ? text_[i] : '\0';
      good_ = good_ && c >= '0' && c <= '9';
      value = value * 10 + (c - '0');
      if (!good_) {
        return 0;
      }
    }
    text_.remove_prefix(digits);
    good_ = value <= most;
    return value;
  }

  // One character of `characters`.
  char one_of(std::string_view characters) {
    good_ = good_ && !text_.empty() && characters.find(text_.front()) != std::string_view::npos;
    if (!good_) {
      return '\0';
    }
    const char c = text_.front();
    text_.remove_prefix(1);
    return c;
  }

  // At least one digit.
  void digits() {
    const auto count = std::min(text_.find_first_not_of("0123456789"), text_.size());
    good_ = good_ && count > 0;
    text_.remove_prefix(count);
  }

  [[nodiscard]] bool is_next(char c) const { return text_.starts_with(c); }
  [[nodiscard]] bool is_read() const { return good_ && text_.empty(); }

 private:
  std::string_view text_;
  bool good_ = true;
};

bool take_date(TimeReader& reader) {
  const int year = reader.number(4, 9999);
  reader.one_of("-");
  const int month = reader.number(2, 12);
  reader.one_of("-");
  const int day = reader.number(2, 31);
  return std::chrono::year_month_day(std::chrono::year(year),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

bool take_time(TimeReader& reader) {
  constexpr int kMinutesOfDay = 24 * 60;
  int minutes = 60 * reader.number(2, 23);
  reader.one_of(":");
  minutes += reader.number(2, 59);
  reader.one_of(":");
  const int second = reader.number(2, 60);
  if (reader.is_next('.')) {
    reader.one_of(".");
    reader.digits();
  }
  const char zone = reader.one_of("Zz+-");
  if (zone == '+' || zone == '-') {
    int offset = 60 * reader.number(2, 23);
    reader.one_of(":");
    offset += reader.number(2, 59);
    minutes += (zone == '+' ? -offset : offset) + kMinutesOfDay;
  }
  return second < 60 || minutes % kMinutesOfDay == kMinutesOfDay - 1;
}

// Takes pairs of number and unit up to a 'T'. False unless there is at least one, units are in
// order and at most once, and no unit between two is skipped: RFC 3339 has no "1Y1D".
bool take_units(std::string_view& text, std::string_view units) {
  bool any = false;
  while (!text.empty() && text.front() != 'T') {
    const auto digits = text.find_first_not_of("0123456789");
    const auto unit = digits == std::string_view::npos ? digits : units.find(text[digits]);
    if (digits == 0 || unit == std::string_view::npos || (any && unit > 0)) {
      return false;
    }
    units.remove_prefix(unit + 1);
    text.remove_prefix(digits + 1);
    any = true;
  }
  return any;
}

}  // namespace

bool is_date(std::string_view text) {
  TimeReader reader(text);
  return take_date(reader) && reader.is_read();
}

bool is_time(std::string_view text) {
  TimeReader reader(text);
  return take_time(reader) && reader.is_read();
}

bool is_date_time(std::string_view text) {
  TimeReader reader(text);
  const bool is_day = take_date(reader);
  reader.one_of("Tt");
  return take_time(reader) && is_day && reader.is_read();
}

bool is_duration(std::string_view text) {
  if (!text.starts_with('P')) {
    return false;
  }
  text.remove_prefix(1);
  if (auto weeks = text; take_units(weeks, "W")) {
    return weeks.empty();
  }
  const bool has_days = !text.starts_with('T');
  if (has_days && !take_units(text, "YMD")) {
    return false;
  }
  if (text.empty()) {
    return has_days;
  }
  text.remove_prefix(1);
  return take_units(text, "HMS") && text.empty();
}

}  // namespace mscomm
