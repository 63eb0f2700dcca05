#include "core/load/report/load_report_latency.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/load/report/load_report_plot.h"
#include "core/load/report/load_report_text.h"

namespace mscomm::report {
namespace {

constexpr std::size_t kSlices = 240;
constexpr std::size_t kBins = 50;

double middle(std::size_t slice) {
  return (static_cast<double>(slice) + 0.5) / static_cast<double>(kSlices);
}

// The latencies at the middles of the slices.
std::array<Duration, kSlices> percentiles(const LatencyHistogram& latency, const Axis& axis) {
  std::array<Duration, kSlices> values{};
  for (std::size_t i = 0; i < kSlices; ++i) {
    values[i] = latency.percentile(100 - 100 * pow10(-axis.value_at(middle(i))));
  }
  // The axis may end before the largest value.
  values.back() = latency.max();
  return values;
}

std::string curve(const Plot& plot, const std::array<Duration, kSlices>& values) {
  auto path = fmt::format("M0 {:.4g}", plot.y(in_milliseconds(values.front())));
  for (std::size_t i = 0; i < kSlices; ++i) {
    path += fmt::format("L{:.4g} {:.4g}", 1000 * middle(i), plot.y(in_milliseconds(values[i])));
  }
  return path + "H1000";
}

std::string in_words(const LatencyHistogram& latency) {
  return fmt::format("half took at most {}, 99% at most {}, the slowest {}",
                     duration_text(latency.percentile(50)), duration_text(latency.percentile(99)),
                     duration_text(latency.max()));
}

std::string legend_of_times(bool is_open_loop) {
  return is_open_loop ? "<ul class=\"legend\"><li class=\"one\">response time</li>"
                        "<li class=\"two\">service time</li></ul>"
                      : "<ul class=\"legend\"><li class=\"one\">service time</li></ul>";
}

}  // namespace

std::string percentile_figure(const LoadResult& result) {
  const auto& latency = result.latency();
  const auto is_open_loop = result.target_rate.has_value() && result.service.count() > 0;
  const auto lowest = is_open_loop ? std::min(latency.min(), result.service.min()) : latency.min();
  const auto highest = is_open_loop ? std::max(latency.max(), result.service.max()) : latency.max();
  Plot plot(Axis::percentiles(static_cast<double>(latency.count())),
            Axis::milliseconds(in_milliseconds(lowest), in_milliseconds(highest)),
            "percent of responses, a step for each nine", "ms");
  const auto felt = percentiles(latency, plot.x_axis());
  const auto served = percentiles(result.service, plot.x_axis());
  if (is_open_loop) {
    plot.draw("two", curve(plot, served));
  }
  plot.draw("one", curve(plot, felt));
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < kSlices; ++i) {
    const auto nines = plot.x_axis().value_at(middle(i));
    texts.push_back(fmt::format("{:.{}f}%: {}{}", 100 - 100 * pow10(-nines),
                                static_cast<int>(nines), duration_text(felt[i]),
                                is_open_loop ? ", service " + duration_text(served[i]) : ""));
  }
  plot.read_out(1000.0 / kSlices, texts);
  return fmt::format(
      "<figure>\n<figcaption><h3>Latency by percentile</h3>{}</figcaption>\n{}</figure>\n",
      legend_of_times(is_open_loop), plot.html("Latency by percentile: " + in_words(latency)));
}

std::string histogram_figure(const LoadResult& result) {
  const auto& latency = result.latency();
  const auto lowest = std::max(in_milliseconds(latency.min()), 1e-6);
  const auto x = Axis::logarithmic(lowest, std::max(in_milliseconds(latency.max()), lowest));
  std::array<std::uint64_t, kBins> bins{};
  for (const auto& bucket : latency.buckets()) {
    const auto bin = static_cast<std::size_t>(x.at(in_milliseconds(bucket.upper)) * kBins);
    bins[std::min(bin, kBins - 1)] += bucket.count;
  }
  const auto highest = static_cast<double>(*std::max_element(bins.begin(), bins.end()));
  Plot plot(x, Axis::linear(highest, 1), "ms", "responses");
  constexpr double kWidth = 1000.0 / kBins;
  constexpr double kGap = 2;
  // One response among a million must still be visible.
  constexpr double kLeastHeight = 8;
  std::string bars;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < kBins; ++i) {
    const auto left = static_cast<double>(i) * kWidth;
    const auto part = [&](std::size_t edge) { return static_cast<double>(edge) / kBins; };
    if (bins[i] > 0) {
      bars += fmt::format("M{:.4g} 1000V{:.4g}H{:.4g}V1000Z", left + kGap / 2,
                          std::min(plot.y(static_cast<double>(bins[i])), 1000 - kLeastHeight),
                          left + kWidth - kGap / 2);
    }
    texts.push_back(fmt::format("{:.3g} to {:.3g} ms: {} ({})", x.value_at(part(i)),
                                x.value_at(part(i + 1)), count_text(bins[i]),
                                share_text(bins[i], latency.count())));
  }
  plot.draw("good", bars);
  int row = 0;
  for (const auto& [name, percent] : {std::pair{"p50", 50.0}, std::pair{"p99", 99.0}}) {
    plot.mark(in_milliseconds(latency.percentile(percent)), name, row++);
  }
  plot.read_out(kWidth, texts);
  return fmt::format(
      "<figure>\n<figcaption><h3>Distribution of latency</h3>"
      "<ul class=\"legend\"><li class=\"good\">{}</li></ul></figcaption>\n{}</figure>\n",
      result.target_rate ? "response time" : "service time",
      plot.html("Distribution of latency: " + in_words(latency)));
}

}  // namespace mscomm::report
