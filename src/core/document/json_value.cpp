#include "core/document/json_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cfloat>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/runtime/text.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

// A type that holds every std::int64_t, std::uint64_t and double exactly.
using Exact = long double;
static_assert(LDBL_MANT_DIG >= 64);

Exact exact(const Json& number) {
  switch (number.type()) {
    case Json::value_t::number_unsigned:
      return static_cast<Exact>(number.get<std::uint64_t>());
    case Json::value_t::number_integer:
      return static_cast<Exact>(number.get<std::int64_t>());
    default:
      return static_cast<Exact>(number.get<double>());
  }
}

__extension__ using Wide = unsigned __int128;

// digits * 10^exponent
struct Decimal {
  std::uint64_t digits;
  int exponent;
};

// The shortest decimal number that reads as this double, which is what was written, up to 17
// digits.
Decimal decimal_of(double value) {
  const auto text = fmt::format("{:e}", std::fabs(value));
  const auto mark = text.find('e');
  std::string digits = text.substr(0, mark);
  const bool is_small = text[mark + 1] == '-';  // "e-07" or "e+07"
  int exponent = 0;
  std::from_chars(text.data() + mark + 2, text.data() + text.size(), exponent);
  exponent = is_small ? -exponent : exponent;
  if (const auto point = digits.find('.'); point != std::string::npos) {
    exponent -= static_cast<int>(digits.size() - point - 1);
    digits.erase(point, 1);
  }
  Decimal decimal{0, exponent};
  std::from_chars(digits.data(), digits.data() + digits.size(), decimal.digits);
  return decimal;
}

Decimal decimal_of(const Json& number) {
  if (number.is_number_float()) {
    return decimal_of(number.get<double>());
  }
  if (number.is_number_unsigned()) {
    return {number.get<std::uint64_t>(), 0};
  }
  const auto value = number.get<std::int64_t>();
  const auto bits = static_cast<std::uint64_t>(value);
  return {value < 0 ? 0 - bits : bits, 0};
}

bool same_object(const Json& a, const Json& b) {
  auto guess = b.begin();  // most often the members are in the same order
  for (auto member = a.begin(); member != a.end(); ++member, ++guess) {
    const auto other = guess.key() == member.key() ? guess : b.find(member.key());
    if (other == b.end() || !same_value(*member, *other)) {
      return false;
    }
  }
  return true;
}

std::size_t mixed(std::size_t seed, std::size_t next) {
  constexpr std::size_t kGoldenRatio = 0x9E3779B97F4A7C15U;
  return seed ^ (next + kGoldenRatio + (seed << 6U) + (seed >> 2U));
}

// Cuts between characters of UTF-8, after at most `most` bytes.
std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) {
    return text;
  }
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) {
    --most;
  }
  return text.substr(0, most);
}

constexpr std::size_t kShown = 60;
constexpr std::string_view kEllipsis = "\u2026";

// Stops after kShown bytes, so that neither the size nor the depth of the value matters.
class ShortWriter {
 public:
  explicit ShortWriter(std::string& out) : out_(out) {}

  void write(const Json& value) {
    if (value.is_string()) {
      write_string(value.get_ref<const std::string&>());
    } else if (value.is_object() || value.is_array()) {
      write_items(value);
    } else {
      out_ += value.dump();
    }
  }

 private:
  void write_string(std::string_view text) {
    const auto room = kShown > out_.size() ? kShown - out_.size() : 0;
    const auto start = cut(text, room);
    append_json_string(out_, start);
    if (start.size() < text.size()) {
      out_.insert(out_.size() - 1, kEllipsis);
    }
  }

  void write_items(const Json& value) {
    out_ += value.is_object() ? '{' : '[';
    const char* separator = "";
    for (auto item = value.begin(); item != value.end(); ++item, separator = ",") {
      out_ += separator;
      if (out_.size() >= kShown) {
        out_ += kEllipsis;
        break;
      }
      if (value.is_object()) {
        write_string(item.key());
        out_ += ':';
      }
      write(*item);
    }
    out_ += value.is_object() ? '}' : ']';
  }

  std::string& out_;
};

}  // namespace

std::partial_ordering compare_numbers(const Json& a, const Json& b) {
  return exact(a) <=> exact(b);
}

bool is_integer(const Json& value) {
  return value.is_number_integer() ||
         (value.is_number_float() && std::trunc(value.get<double>()) == value.get<double>());
}

bool is_multiple(const Json& number, const Json& divisor) {
  auto value = decimal_of(number);
  const auto by = decimal_of(divisor);
  if (value.digits == 0 || by.digits == 0) {
    return value.digits == 0;
  }
  Wide unit = by.digits;
  for (int i = value.exponent; i < by.exponent; ++i) {
    unit *= 10;
    if (unit > value.digits) {
      return false;
    }
  }
  auto rest = static_cast<Wide>(value.digits) % unit;
  for (int i = by.exponent; i < value.exponent && rest != 0; ++i) {
    rest = rest * 10 % unit;
  }
  return rest == 0;
}

bool same_value(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) {
    return exact(a) == exact(b);
  }
  if (a.type() != b.type() || a.size() != b.size()) {
    return false;
  }
  if (a.is_object()) {
    return same_object(a, b);
  }
  if (a.is_array()) {
    return std::equal(a.begin(), a.end(), b.begin(), same_value);
  }
  return a == b;
}

std::size_t hash_of(const Json& value) {
  if (value.is_number()) {
    return std::hash<double>()(static_cast<double>(exact(value)));
  }
  auto hash = mixed(static_cast<std::size_t>(value.type()), value.size());
  if (value.is_object()) {
    for (auto member = value.begin(); member != value.end(); ++member) {
      hash += mixed(std::hash<std::string>()(member.key()), hash_of(*member));
    }
  } else if (value.is_array()) {
    for (const auto& item : value) {
      hash = mixed(hash, hash_of(item));
    }
  } else if (value.is_string()) {
    hash = mixed(hash, std::hash<std::string>()(value.get_ref<const std::string&>()));
  } else if (value.is_boolean()) {
    hash = mixed(hash, value.get<bool>() ? 1 : 2);
  }
  return hash;
}

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool is_nested_within(const Json& value, std::size_t most) {
  std::vector<std::pair<const Json*, std::size_t>> open{{&value, 0}};
  while (!open.empty()) {
    const auto [container, depth] = open.back();
    open.pop_back();
    if (!container->is_structured()) {
      continue;
    }
    if (depth == most) {
      return false;
    }
    for (const auto& item : *container) {
      if (item.is_structured()) {
        open.emplace_back(&item, depth + 1);
      }
    }
  }
  return true;
}

std::string shown(const Json& value) {
  std::string out;
  ShortWriter(out).write(value);
  return out;
}

std::string in_quotes(std::string_view text) {
  const auto start = cut(text, kShown);
  return fmt::format("'{}{}'", in_one_line(start), start.size() < text.size() ? kEllipsis : "");
}

}  // namespace mscomm
