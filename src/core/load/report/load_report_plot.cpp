#include "core/load/report/load_report_plot.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/load/report/load_report_text.h"
#include "core/runtime/shared_library.h"

namespace mscomm::report {
namespace {

// The smallest of 1, 2 and 5 times a power of ten that is at least `value`.
double round_up(double value) {
  const auto decade = pow10(std::floor(log10(value)));
  for (const auto factor : {1, 2, 5}) {
    if (factor * decade >= value) {
      return factor * decade;
    }
  }
  return 10 * decade;
}

// The largest such number that is at most `value`.
double round_down(double value) {
  const auto decade = pow10(std::floor(log10(value)));
  for (const auto factor : {5, 2}) {
    if (factor * decade <= value) {
      return factor * decade;
    }
  }
  return decade;
}

// Short enough for the space left of a plot, in one notation along an axis.
std::string tick_text(double value, double highest) {
  if (value >= 1e6) {
    return fmt::format("{:.4g}M", value / 1e6);
  }
  return value >= 1e3 && highest >= 1e5 ? fmt::format("{:.4g}k", value / 1e3) : number_text(value);
}

struct TimeUnit {
  double seconds;
  const char* name;
};

constexpr std::array<TimeUnit, 5> kUnits{
    {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}, {0.001, "ms"}}};

double time_step(double least) {
  constexpr std::array<double, 16> kSteps{1,   2,   5,    10,   20,   30,   60,    120,
                                          300, 600, 1200, 1800, 3600, 7200, 10800, 21600};
  const auto* const step = std::lower_bound(kSteps.begin(), kSteps.end(), least);
  if (least < 1) {
    return round_up(least);
  }
  return step != kSteps.end() ? *step : 86400 * std::max(0.5, round_up(least / 86400));
}

// Loaded on demand: linking libm would add a shared object to the start of every command, a
// fiftieth of the time of `get`.
struct Libm : LibraryTable<Libm> {
  Libm() : LibraryTable("libm.so.6", {"libm", "which draws the report", {}}) {}

  double (*log10)(double) = function("log10");
  double (*pow)(double, double) = function("pow");
};

}  // namespace

double log10(double value) { return Libm::get().log10(value); }
double pow10(double exponent) { return Libm::get().pow(10, exponent); }

Axis::Axis(double low, double high, bool is_logarithmic)
    : low_(low), high_(high), is_logarithmic_(is_logarithmic) {}

Axis Axis::linear(double highest, double finest) {
  const auto step = std::max(finest, round_up((highest > 0 ? highest : 1) / 5));
  const auto steps = std::max(1.0, std::ceil(highest / step - 1e-9));
  Axis axis(0, steps * step, false);
  for (int i = 0; i <= static_cast<int>(steps); ++i) {
    axis.ticks_.push_back({i * step, tick_text(i * step, axis.high_)});
  }
  return axis;
}

Axis Axis::logarithmic(double lowest, double highest) {
  const auto low = round_down(lowest);
  Axis axis(low, std::max(round_up(highest), round_up(low * 1.5)), true);
  const auto is_short = axis.high_ / low < 600;
  auto value = low;
  while (value <= axis.high_ * 1.001) {
    const auto exponent = log10(value);
    if (is_short || std::abs(exponent - std::floor(exponent + 0.5)) < 1e-6) {
      axis.ticks_.push_back({value, tick_text(value, axis.high_)});
    }
    value = round_up(value * 1.5);
  }
  return axis;
}

Axis Axis::milliseconds(double lowest, double highest) {
  const auto low = std::max(lowest, 0.001);
  return highest < 20 * low ? linear(highest) : logarithmic(low, highest);
}

Axis Axis::time(double seconds) {
  const auto step = time_step(seconds / 6);
  const auto* const unit = std::find_if(kUnits.begin(), kUnits.end() - 1,
                                        [&](const auto& one) { return step >= one.seconds; });
  Axis axis(0, seconds, false);
  const auto steps = static_cast<int>(seconds / step + 1e-9);
  for (int i = 0; i <= steps; ++i) {
    const auto number = number_text(i * step / unit->seconds);
    axis.ticks_.push_back({i * step, i == 0 ? "0" : number + " " + unit->name});
  }
  return axis;
}

Axis Axis::percentiles(double count) {
  // Ends half a value before the largest, where the curve has reached it.
  const auto end = std::clamp(log10(2 * std::max(1.0, count)), 1.1, 6.0);
  Axis axis(0, end, false);
  axis.ticks_.push_back({log10(2), "50"});
  for (int nines = 1; nines <= end; ++nines) {
    axis.ticks_.push_back({static_cast<double>(nines),
                           fmt::format("{:.{}f}", 100 - pow10(2 - nines), std::max(0, nines - 2))});
  }
  return axis;
}

double Axis::at(double value) const {
  const auto part = is_logarithmic_ ? log10(std::max(value, low_) / low_) / log10(high_ / low_)
                                    : (value - low_) / (high_ - low_);
  return std::clamp(part, 0.0, 1.0);
}

double Axis::value_at(double part) const {
  return is_logarithmic_ ? low_ * pow10(part * log10(high_ / low_)) : low_ + (high_ - low_) * part;
}

Plot::Plot(Axis x, Axis y, std::string x_title, std::string y_title)
    : x_(std::move(x)),
      y_(std::move(y)),
      x_title_(std::move(x_title)),
      y_title_(std::move(y_title)) {}

void Plot::draw(std::string_view css_class, const std::string& path) {
  curves_ += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", css_class, path);
}

void Plot::mark(double x_value, std::string_view name, int row) {
  const auto at = 100 * x_.at(x_value);
  const auto is_left = at > 80;
  marks_ += fmt::format(
      "<line class=\"mark\" x1=\"{0:.2f}%\" x2=\"{0:.2f}%\" y1=\"0\" y2=\"100%\"/>"
      "<text class=\"mark\" x=\"{0:.2f}%\" dx=\"{1}\" y=\"{2}\"{3}>{4}</text>\n",
      at, is_left ? -6 : 6, 12 + 16 * row, is_left ? " text-anchor=\"end\"" : "", name);
}

void Plot::read_out(double slice, const std::vector<std::string>& texts) {
  read_outs_ =
      fmt::format(" data-slice=\"{:.6g}\" data-texts=\"{}\"", slice, fmt::join(texts, "|"));
}

std::string Plot::axes() const {
  std::string lines;
  std::string names;
  for (const auto& tick : y_.ticks()) {
    const auto at = 100 - 100 * y_.at(tick.value);
    lines += fmt::format("<line x1=\"0\" x2=\"100%\" y1=\"{0:.2f}%\" y2=\"{0:.2f}%\"/>", at);
    names +=
        fmt::format("<text x=\"0\" dx=\"-8\" y=\"{:.2f}%\" dy=\"4\" text-anchor=\"end\">{}</text>",
                    at, tick.text);
  }
  for (std::size_t i = 0; i < x_.ticks().size(); ++i) {
    const auto& tick = x_.ticks()[i];
    // In little space every second of many names is hidden.
    const auto is_spare = x_.ticks().size() > 6 && (x_.ticks().size() - i) % 2 == 0;
    const auto at = 100 * x_.at(tick.value);
    lines += fmt::format("<line x1=\"{0:.2f}%\" x2=\"{0:.2f}%\" y1=\"100%\" y2=\"101.5%\"/>", at);
    names +=
        fmt::format("<text{} x=\"{:.2f}%\" y=\"100%\" dy=\"20\" text-anchor=\"middle\">{}</text>",
                    is_spare ? " class=\"spare\"" : "", at, tick.text);
  }
  return fmt::format(
      "<g class=\"grid\">{}</g>\n<g class=\"ticks\">{}"
      "<text class=\"title\" x=\"0\" dx=\"-48\" y=\"-14\">{}</text>"
      "<text class=\"title\" x=\"100%\" y=\"100%\" dy=\"38\" text-anchor=\"end\">{}</text></g>\n",
      lines, names, y_title_ + (y_.is_logarithmic() ? ", logarithmic" : ""),
      x_title_ + (x_.is_logarithmic() ? ", logarithmic" : ""));
}

std::string Plot::html(std::string_view label) const {
  return fmt::format(
      "<div class=\"plot\"{}><svg role=\"img\" aria-label=\"{}\">\n{}"
      "<svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\">\n{}</svg>\n{}</svg></div>\n",
      read_outs_, html_text(label), axes(), curves_, marks_);
}

}  // namespace mscomm::report
