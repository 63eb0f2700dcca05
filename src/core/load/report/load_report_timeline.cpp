#include "core/load/report/load_report_timeline.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/load/report/load_report_plot.h"
#include "core/load/report/load_report_text.h"

namespace mscomm::report {
namespace {

constexpr std::size_t kMostSpans = 600;

// `time` is a LoadSecond or a TimelineSpan.
bool has_responses(const auto& time) { return time.max > Duration::zero(); }

// The run in spans with their lengths: the last second is seldom complete.
class Timeline {
 public:
  explicit Timeline(const LoadResult& result)
      : length_(std::max<std::size_t>(1, (result.seconds.size() + kMostSpans - 1) / kMostSpans)),
        spans_(timeline_spans(result.seconds, length_)) {
    const auto seconds = static_cast<double>(result.seconds.size());
    const auto took = std::chrono::duration<double>(result.took).count();
    end_ = took > seconds - 1 ? took : seconds;
  }

  [[nodiscard]] const std::vector<TimelineSpan>& spans() const { return spans_; }
  [[nodiscard]] std::size_t length() const { return length_; }
  [[nodiscard]] double end() const { return end_; }
  [[nodiscard]] double from(std::size_t span) const { return static_cast<double>(span * length_); }
  [[nodiscard]] double to(std::size_t span) const { return std::min(from(span + 1), end_); }

  [[nodiscard]] double rate(std::size_t span, std::uint64_t requests) const {
    // A few late responses in the last moment must not look like a burst.
    const auto least = spans_.size() > 1 ? 0.25 : 1e-3;
    return static_cast<double>(requests) / std::max(to(span) - from(span), least);
  }

  // "1 min 20 s"; for a span of several seconds "1 min 20 s to 1 min 30 s".
  [[nodiscard]] std::string when(std::size_t span) const {
    const auto text = [](double seconds) {
      return seconds == 0 ? "0 s"
                          : duration_text(std::chrono::round<std::chrono::seconds>(
                                std::chrono::duration<double>(seconds)));
    };
    return length_ == 1 ? text(from(span)) : text(from(span)) + " to " + text(from(span + 1));
  }

  [[nodiscard]] double slice() const { return 1000 * static_cast<double>(length_) / end_; }

 private:
  std::size_t length_;
  std::vector<TimelineSpan> spans_;
  double end_ = 0;
};

Plot requests_plot(const Timeline& time) {
  double highest = 0;
  for (std::size_t i = 0; i < time.spans().size(); ++i) {
    highest = std::max(highest, time.rate(i, time.spans()[i].succeeded + time.spans()[i].failed));
  }
  Plot plot(Axis::time(time.end()), Axis::linear(highest), "since the start", "requests/s");
  // A single failure must still be visible.
  constexpr double kLeastHeight = 10;
  std::string succeeded = "M0 1000";
  std::string failed;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < time.spans().size(); ++i) {
    const auto& span = time.spans()[i];
    const auto left = plot.x(time.from(i));
    const auto right = plot.x(time.to(i));
    const auto middle = plot.y(time.rate(i, span.succeeded));
    const auto top = plot.y(time.rate(i, span.succeeded + span.failed));
    succeeded += fmt::format("V{:.4g}H{:.4g}", middle, right);
    if (span.failed > 0) {
      failed += fmt::format("M{:.4g} {:.4g}V{:.4g}H{:.4g}V{:.4g}Z", left, middle,
                            std::min(top, middle - kLeastHeight), right, middle);
    }
    texts.push_back(fmt::format("{}: {}/s{}", time.when(i),
                                number_text(time.rate(i, span.succeeded + span.failed)),
                                span.failed > 0 ? ", failed " + count_text(span.failed) : ""));
  }
  plot.draw("good", succeeded + "V1000Z");
  plot.draw("bad", failed);
  plot.read_out(time.slice(), texts);
  return plot;
}

// A line with a step for each span, and a gap where no response arrived.
std::string steps(const Plot& plot, const Timeline& time, Duration TimelineSpan::*member) {
  std::string path;
  bool is_drawing = false;
  for (std::size_t i = 0; i < time.spans().size(); ++i) {
    const auto& span = time.spans()[i];
    if (has_responses(span)) {
      const auto y = plot.y(in_milliseconds(span.*member));
      path += is_drawing ? fmt::format("V{:.4g}", y)
                         : fmt::format("M{:.4g} {:.4g}", plot.x(time.from(i)), y);
      path += fmt::format("H{:.4g}", plot.x(time.to(i)));
    }
    is_drawing = has_responses(span);
  }
  return path;
}

Plot latency_plot(const Timeline& time) {
  auto lowest = Duration::max();
  auto highest = Duration::zero();
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < time.spans().size(); ++i) {
    const auto& span = time.spans()[i];
    lowest = has_responses(span) ? std::min(lowest, span.p50) : lowest;
    highest = std::max(highest, span.p99);
    texts.push_back(time.when(i) +
                    (has_responses(span)
                         ? fmt::format(": p50 {}, p99 {}, slowest {}", duration_text(span.p50),
                                       duration_text(span.p99), duration_text(span.max))
                         : ": no response"));
  }
  Plot plot(
      Axis::time(time.end()),
      Axis::milliseconds(in_milliseconds(std::min(lowest, highest)), in_milliseconds(highest)),
      "since the start", "ms");
  plot.draw("two", steps(plot, time, &TimelineSpan::p99));
  plot.draw("one", steps(plot, time, &TimelineSpan::p50));
  plot.read_out(time.slice(), texts);
  return plot;
}

}  // namespace

std::vector<TimelineSpan> timeline_spans(const std::vector<LoadSecond>& seconds,
                                         std::size_t length) {
  std::vector<TimelineSpan> spans((seconds.size() + length - 1) / length);
  std::vector<double> weights(spans.size());
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    const auto& second = seconds[i];
    auto& span = spans[i / length];
    span.succeeded += second.succeeded;
    span.failed += second.failed;
    span.p99 = std::max(span.p99, second.p99);
    span.max = std::max(span.max, second.max);
    if (has_responses(second)) {
      const auto weight = static_cast<double>(second.succeeded + second.failed);
      auto& whole = weights[i / length];
      whole += weight;
      span.p50 += std::chrono::duration_cast<Duration>((second.p50 - span.p50) * (weight / whole));
    }
  }
  return spans;
}

std::string timeline_figures(const LoadResult& result) {
  if (result.seconds.empty()) {
    return "";
  }
  const Timeline time(result);
  const auto span = duration_text(std::chrono::seconds(time.length()));
  const auto is_joined = time.length() > 1;
  auto html = fmt::format(
      "<figure class=\"wide\">\n<figcaption><h3>Requests over time</h3><ul class=\"legend\">"
      "<li class=\"good\">succeeded</li><li "
      "class=\"bad\">failed</li></ul>{}</figcaption>\n{}</figure>\n",
      is_joined ? fmt::format("<p>Means of {} each.</p>", span) : "",
      requests_plot(time).html(fmt::format("Requests a second over time: {} succeeded, {} failed",
                                           count_text(result.succeeded),
                                           count_text(result.failed))));
  if (result.latency().count() > 0) {
    html += fmt::format(
        "<figure class=\"wide\">\n<figcaption><h3>Latency over time</h3><ul class=\"legend\">"
        "<li class=\"two\">p99</li><li class=\"one\">p50</li></ul>{}</figcaption>\n{}</figure>\n",
        is_joined ? fmt::format("<p>Of each {}, the mean of p50 and the highest p99.</p>", span)
                  : "",
        latency_plot(time).html("Median and 99th percentile of latency in each second of the run"));
  }
  return html;
}

}  // namespace mscomm::report
