#include "core/load/load_objective.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "core/runtime/duration.h"
#include "core/runtime/error.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

using What = LoadObjective::What;
using Relation = LoadObjective::Relation;

constexpr auto kForever = std::numeric_limits<double>::infinity();

struct RelationSign {
  std::string_view sign;
  Relation relation;
};
// Longest first, so that "<" does not match "<=".
constexpr std::array kSigns{RelationSign{"<=", Relation::at_most},
                            RelationSign{">=", Relation::at_least},
                            RelationSign{"<", Relation::less}, RelationSign{">", Relation::more}};

[[noreturn]] void refuse(std::string_view option, std::string_view item) {
  throw Error(Exit::usage, fmt::format("{}: '{}' is no objective", option, item),
              "for example 'p99<150ms,mean<20ms,errors<1%,rate>=200/s'");
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  return is_whole && std::isfinite(value) && value >= 0 ? std::optional(value) : std::nullopt;
}

double nanoseconds(Duration duration) { return static_cast<double>(duration.count()); }

// The objective that the name selects, without its bound; nothing for an unknown name.
std::optional<LoadObjective> measured(std::string_view name) {
  LoadObjective objective;
  if (name == "mean" || name == "min" || name == "max") {
    objective.what = name == "mean" ? What::mean : name == "min" ? What::min : What::max;
  } else if (name == "errors") {
    objective.what = What::errors;
  } else if (name == "rate") {
    objective.what = What::rate;
  } else if (const auto percent = name.starts_with('p') ? number(name.substr(1)) : std::nullopt;
             percent && *percent > 0 && *percent <= 100) {
    objective.percent = *percent;
  } else {
    return std::nullopt;
  }
  return objective;
}

void set_bound(LoadObjective& objective, std::string_view bound, std::string_view option) {
  switch (objective.what) {
    case What::rate:
      objective.bound = parse_rate(bound, option);
      break;
    case What::errors: {
      const bool is_share = bound.ends_with('%');
      const auto value = number(bound.substr(0, bound.size() - (is_share ? 1 : 0)));
      if (!value || (is_share && *value > 100)) {
        refuse(option, objective.text);
      }
      objective.what = is_share ? What::error_share : What::errors;
      objective.bound = *value;
      break;
    }
    default:
      objective.bound = nanoseconds(parse_duration(bound, option));
  }
}

LoadObjective parse_objective(std::string_view item, std::string_view option) {
  const auto* const sign = std::ranges::find_if(
      kSigns, [item](const auto& row) { return item.find(row.sign) != std::string_view::npos; });
  if (sign == kSigns.end()) {
    refuse(option, item);
  }
  const auto at = item.find(sign->sign);
  auto objective = measured(trim(item.substr(0, at)));
  if (!objective) {
    refuse(option, item);
  }
  objective->text = item;
  objective->relation = sign->relation;
  set_bound(*objective, trim(item.substr(at + sign->sign.size())), option);
  return *objective;
}

// Over all requests that were due; those without a complete response rank last.
double percentile(double percent, const LoadResult& result) {
  const auto& latency = result.latency();
  const auto rank = rank_of(percent, result.requests() + result.unsent);
  return rank > latency.count() ? kForever : nanoseconds(latency.at_rank(rank));
}

double measure(const LoadObjective& objective, const LoadResult& result) {
  const auto errors = static_cast<double>(result.failed + result.unsent);
  const auto due = static_cast<double>(result.requests() + result.unsent);
  const auto& latency = result.latency();
  switch (objective.what) {
    case What::percentile:
      return percentile(objective.percent, result);
    case What::mean:
      return std::isinf(percentile(100, result)) ? kForever : nanoseconds(latency.mean());
    case What::min:
      return latency.count() > 0 ? nanoseconds(latency.min()) : kForever;
    case What::max:
      return percentile(100, result);
    case What::errors:
      return errors;
    case What::error_share:
      return due > 0 ? 100 * errors / due : 0;  // rounded like the bound
    case What::rate:
      return result.rate();
  }
  return kForever;
}

bool holds(double actual, Relation relation, double bound) {
  switch (relation) {
    case Relation::less:
      return actual < bound;
    case Relation::at_most:
      return actual <= bound;
    case Relation::more:
      return actual > bound;
    case Relation::at_least:
      return actual >= bound;
  }
  return false;
}

std::string shown(What what, double actual) {
  switch (what) {
    case What::errors:
      return fmt::format("{:.0f}", actual);
    case What::error_share:
      return fmt::format("{:.4g}%", actual);
    case What::rate:
      return fmt::format("{:.1f}/s", actual);
    default:
      return std::isinf(actual)
                 ? "no response"
                 : shown_latency(std::chrono::round<Duration>(FineNanoseconds(actual)));
  }
}

}  // namespace

std::vector<LoadObjective> parse_objectives(std::string_view list, std::string_view option) {
  std::vector<LoadObjective> objectives;
  for (;;) {
    const auto comma = list.find(',');
    objectives.push_back(parse_objective(trim(list.substr(0, comma)), option));
    if (comma == std::string_view::npos) {
      return objectives;
    }
    list.remove_prefix(comma + 1);
  }
}

LoadVerdict judge(const LoadObjective& objective, const LoadResult& result) {
  const auto actual = measure(objective, result);
  return {objective.text, shown(objective.what, actual),
          holds(actual, objective.relation, objective.bound)};
}

}  // namespace mscomm
