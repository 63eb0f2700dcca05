#include "core/load/report/load_report.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "core/load/report/load_report_plot.h"
#include "core/load/report/load_report_style.h"
#include "core/load/report/load_report_text.h"
#include "core/load/report/load_report_timeline.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;
using std::string_view_literals::operator""sv;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

LoadResult load_of(std::size_t seconds) {
  LoadResult result;
  result.action = "GET";
  result.target = "http://service-b/orders";
  result.began = WallTime(1700000000s);
  result.took = result.sending = std::chrono::seconds(seconds);
  for (std::size_t i = 0; i < seconds; ++i) {
    LoadSecond second;
    second.succeeded = 2;
    second.p50 = 10ms;
    second.p99 = second.max = 20ms;
    result.seconds.push_back(second);
    result.succeeded += 2;
    result.statuses["200"].count += 2;
    result.service.record(10ms);
    result.service.record(20ms);
  }
  return result;
}

void make_open_loop(LoadResult& result) {
  result.target_rate = 2;
  for (const auto& bucket : result.service.buckets()) {
    for (std::uint64_t i = 0; i < bucket.count; ++i) {
      result.response.record(bucket.upper + 30ms);
      result.send_lag.record(30ms);
    }
  }
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// Fails where an element is closed that is not open, is never closed, or has "<" in an attribute.
void expect_balanced(std::string_view page) {
  std::vector<std::string_view> open;
  for (auto at = page.find('<'); at != std::string_view::npos; at = page.find('<', at + 1)) {
    const auto tag = page.substr(at + 1, page.find('>', at) - at - 1);
    ASSERT_EQ(tag.find('<'), std::string_view::npos) << tag;
    const auto name = tag.substr(0, tag.find(' '));
    if (tag.front() == '/') {
      ASSERT_FALSE(open.empty()) << tag;
      ASSERT_EQ(open.back(), tag.substr(1));
      open.pop_back();
    } else if (tag.back() != '/' && name != "meta" && name != "!DOCTYPE") {
      open.push_back(name);
    }
    if (name == "style" || name == "script") {
      at = page.find("</", at) - 1;
    }
  }
  EXPECT_TRUE(open.empty()) << open.back();
}

TEST(LoadReport, TellsWhatRanAndHowItWent) {
  auto result = load_of(10);
  result.targets = 3;
  result.concurrency = 8;
  result.failed = 5;
  result.failures["status 503"] = 5;
  result.statuses["503"] = {5, LoadStatus::Meaning::services_error};
  result.verdicts = {
      {"p99<150ms", "20ms", true}, {"errors<1%", "20%", false}, {"max<1s", "20ms", true}};
  const auto page = load_report(result);
  EXPECT_THAT(page, HasSubstr("<span>GET </span>http://service-b/orders<span> and 2 more</span>"));
  EXPECT_THAT(page, HasSubstr("2023-11-14 22:13:20 UTC</time>, ran for 10 s, closed loop with 8 "
                              "connections"));
  EXPECT_THAT(page, HasSubstr("objectives missed: 1 of 3"));
  EXPECT_THAT(page, HasSubstr("5 failures"));
  EXPECT_THAT(page, HasSubstr("<th scope=\"row\">errors&lt;1%</th><td>20%</td>"
                              "<td class=\"alarm\">✗ missed</td>"));
  EXPECT_THAT(page, HasSubstr("<dt>p99.9</dt><dd>20 ms</dd>"));
  EXPECT_THAT(page, Not(HasSubstr("interrupted")));
  expect_balanced(page);
}

TEST(LoadReport, ShowsBothTimesOfAnOpenLoop) {
  auto result = load_of(10);
  make_open_loop(result);
  result.unsent = 7;
  result.interrupted = true;
  result.timed_out = true;
  const auto page = load_report(result);
  EXPECT_THAT(page, HasSubstr("open loop, target 2/s, achieved 2/s"));
  EXPECT_THAT(page, HasSubstr("<dt>p50</dt><dd>40 ms</dd>"));
  EXPECT_THAT(page, HasSubstr("<th scope=\"row\">p50</th><td class=\"number\">40 ms</td>"
                              "<td class=\"number\">10 ms</td><td class=\"number\">30 ms</td>"));
  EXPECT_THAT(page, HasSubstr("<dt>Due, but never sent</dt><dd class=\"alarm\">7</dd>"));
  EXPECT_THAT(page, HasSubstr("interrupted before the end"));
  EXPECT_THAT(page, HasSubstr("cut off by --timeout"));
  expect_balanced(page);
}

TEST(LoadReport, LetsNothingFromOutsideBecomeMarkup) {
  const std::string evil = "\"'></pre></title><script>alert(1)</script>&\x1b[31m\xff";
  auto result = load_of(1);
  result.action = result.target = evil;
  result.failures[evil] = 1;
  result.samples = {{evil, evil, evil + std::string("\0\r\nend", 6), 1s}};
  result.verdicts = {{evil, evil, false}};
  const auto page = load_report(result);
  EXPECT_EQ(count_of(page, "<script"), 1U) << "the page's own";
  EXPECT_EQ(count_of(page, "</pre>"), 1U);
  EXPECT_EQ(page.find_first_of("\0\x1b\xff\r"sv), std::string::npos);
  EXPECT_THAT(page, HasSubstr("&quot;&#39;&gt;&lt;/pre&gt;&lt;/title&gt;&lt;script&gt;alert(1)"
                              "&lt;/script&gt;&amp;\\x1b[31m\\xff\\x00\nend</pre>"));
  expect_balanced(page);
}

TEST(LoadReport, NeedsNothingFromElsewhere) {
  auto result = load_of(10);
  result.target = "/";
  make_open_loop(result);
  const auto page = load_report(result);
  for (const auto* reference : {"://", "src=", "href=", "url(", "@import", "<link",
                                " style=", " onclick=", "http-equiv=\"refresh\""}) {
    EXPECT_THAT(page, Not(HasSubstr(reference)));
  }
}

TEST(LoadReport, LetsOnlyItsOwnScriptAndStyleThrough) {
  const auto policy = report::content_security_policy();
  EXPECT_TRUE(std::regex_match(
      policy, std::regex("default-src 'none'; script-src 'sha256-[A-Za-z0-9+/]{43}='; style-src "
                         "'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; form-action 'none'")))
      << policy;
  const auto page = load_report(load_of(1));
  EXPECT_THAT(page, HasSubstr("content=\"" + policy + "\""));
  EXPECT_EQ(count_of(page, "<style>" + std::string(report::style_sheet()) + "</style>"), 1U);
  EXPECT_EQ(count_of(page, "<script>" + std::string(report::script()) + "</script>"), 1U);
}

TEST(LoadReport, SaysThatAnEmptyRunHasNothingToDraw) {
  LoadResult result;
  result.action = "GET";
  result.target = "/";
  const auto page = load_report(result);
  EXPECT_THAT(page, HasSubstr("no requests"));
  EXPECT_THAT(page, HasSubstr("there is nothing to draw"));
  EXPECT_THAT(page, Not(HasSubstr("<svg")));
  EXPECT_THAT(page, Not(HasSubstr("nan")));
  expect_balanced(page);
}

TEST(LoadReport, DrawsNoLatencyWhenEveryRequestFailed) {
  LoadResult result;
  result.took = result.sending = 2s;
  result.failed = 2;
  result.failures["timeout"] = 2;
  result.seconds.resize(2);
  result.seconds[1].failed = 2;
  const auto page = load_report(result);
  EXPECT_THAT(page, HasSubstr("there is no latency to draw"));
  EXPECT_THAT(page, HasSubstr("<h3>Requests over time</h3>"));
  EXPECT_THAT(page, Not(HasSubstr("<h3>Latency over time</h3>")));
  EXPECT_THAT(page, HasSubstr("no response</th>"));
  expect_balanced(page);
}

TEST(LoadReport, DrawsOneRequest) {
  auto result = load_of(0);
  result.succeeded = 1;
  result.statuses["200"].count = 1;
  result.took = result.sending = 5ms;
  result.service.record(4ms);
  result.seconds = {{1, 0, 4ms, 4ms, 4ms}};
  const auto page = load_report(result);
  EXPECT_THAT(page, HasSubstr("<dt>Rate</dt><dd>200<small>/s</small></dd>"));
  EXPECT_EQ(count_of(page, "<div class=\"plot\""), 4U);
  EXPECT_FALSE(std::regex_search(page, std::regex("[\" MVHL](-?nan|-?inf)"))) << page;
  expect_balanced(page);
}

TEST(LoadReport, CountsEveryLatencyInItsDistribution) {
  EXPECT_EQ(count_of(load_report(load_of(10)), ": 10 (50%)"), 2U) << "of 10 ms and of 20 ms";
}

TEST(LoadReport, EndsTheCurveOfPercentilesAtTheSlowest) {
  auto result = load_of(5000);
  result.service.record(700ms);
  EXPECT_THAT(load_report(result), HasSubstr("%: 20 ms|"));
  for (int i = 0; i < 2'000'000; ++i) {
    result.service.record(700ms);  // more than the axis has nines for
  }
  result.service.record(900ms);
  EXPECT_THAT(load_report(result), HasSubstr("%: 700 ms|"));
  EXPECT_THAT(load_report(result), HasSubstr("%: 900 ms\""));
}

TEST(LoadReport, LeavesAGapWhereNoResponseCame) {
  auto result = load_of(3);
  result.seconds[1] = {0, 2, 0ms, 0ms, 0ms};
  const auto page = load_report(result);
  EXPECT_THAT(page, HasSubstr("|1 s: 2/s, failed 2|"));
  EXPECT_THAT(page, HasSubstr("|1 s: no response|"));
  EXPECT_THAT(page, HasSubstr("d=\"M0 500H333.3M666.7 500H1000\"")) << "p50: 10 of 20 ms";
}

TEST(LoadReport, MeasuresTheLastSecondByWhatThereIsOfIt) {
  auto result = load_of(2);
  result.took = result.sending = 1500ms;
  EXPECT_THAT(load_report(result), HasSubstr("data-texts=\"0 s: 2/s|1 s: 4/s\""));
}

TEST(LoadReport, StaysSmallWhateverCame) {
  auto result = load_of(100'000);
  make_open_loop(result);
  for (int i = 0; i < 1000; ++i) {
    const std::string quotes(5000, '"');
    result.failures[fmt::format("{}{}", i, quotes)] = 1;
    result.samples.push_back({quotes, quotes, quotes, 1s});
    result.statuses[fmt::to_string(1000 + i)] = {1, LoadStatus::Meaning::other};
  }
  result.failed = 1000;
  const auto page = load_report(result);
  EXPECT_LT(page.size(), 300U * 1024);
  EXPECT_THAT(page, HasSubstr("And 988 failures not shown."));
  EXPECT_THAT(page, HasSubstr("976 others</th>"));
  EXPECT_THAT(page, HasSubstr("<td class=\"number\">976</td>"));
  expect_balanced(page);
}

TEST(LoadReport, KeepsTheOneSlowSecondOfALongRun) {
  auto result = load_of(100'000);
  result.seconds[77'777].p99 = 9100ms;
  result.seconds[77'777].max = 9900ms;
  const auto spans = report::timeline_spans(result.seconds, 167);
  ASSERT_EQ(spans.size(), 599U);
  EXPECT_EQ(spans[77'777 / 167].p99, 9100ms);
  EXPECT_EQ(spans[77'777 / 167].max, 9900ms);
  EXPECT_EQ(spans[0].p99, 20ms);
  std::uint64_t succeeded = 0;
  for (const auto& span : spans) {
    succeeded += span.succeeded;
  }
  EXPECT_EQ(succeeded, 200'000U);
  EXPECT_THAT(load_report(result), HasSubstr("p50 10 ms, p99 9.1 s, slowest 9.9 s|"));
}

TEST(LoadReport, WeighsMediansOfJoinedSecondsByTheirRequests) {
  std::vector<LoadSecond> seconds(3);
  seconds[0] = {3, 0, 10ms, 10ms, 10ms};
  seconds[1] = {0, 50, 0ms, 0ms, 0ms};  // without a response
  seconds[2] = {0, 1, 50ms, 50ms, 50ms};
  EXPECT_EQ(report::timeline_spans(seconds, 3).front().p50, 20ms);
}

TEST(LoadReport, NamesRoundValuesOnItsAxes) {
  const auto names = [](const report::Axis& axis) {
    std::vector<std::string> texts;
    for (const auto& tick : axis.ticks()) {
      texts.push_back(tick.text);
    }
    return texts;
  };
  using report::Axis;
  EXPECT_THAT(names(Axis::linear(870)), ElementsAre("0", "200", "400", "600", "800", "1\u202f000"));
  EXPECT_THAT(names(Axis::linear(1.1e6)), ElementsAre("0", "500k", "1M", "1.5M"));
  EXPECT_THAT(names(Axis::linear(1e5)), ElementsAre("0", "20k", "40k", "60k", "80k", "100k"));
  EXPECT_THAT(names(Axis::linear(0.3)), ElementsAre("0", "0.1", "0.2", "0.3"));
  EXPECT_THAT(names(Axis::linear(1, 1)), ElementsAre("0", "1"));
  EXPECT_THAT(names(Axis::logarithmic(3, 40)), ElementsAre("2", "5", "10", "20", "50"));
  EXPECT_THAT(names(Axis::logarithmic(0.02, 1234)),
              ElementsAre("0.1", "1", "10", "100", "1\u202f000"));
  EXPECT_THAT(names(Axis::logarithmic(5, 5)), ElementsAre("5", "10"));
  EXPECT_THAT(names(Axis::time(0.25)),
              ElementsAre("0", "50 ms", "100 ms", "150 ms", "200 ms", "250 ms"));
  EXPECT_THAT(names(Axis::time(95)), ElementsAre("0", "20 s", "40 s", "60 s", "80 s"));
  EXPECT_THAT(names(Axis::time(100'000)), ElementsAre("0", "6 h", "12 h", "18 h", "24 h"));
  EXPECT_THAT(names(Axis::percentiles(12'345)), ElementsAre("50", "90", "99", "99.9", "99.99"));
}

TEST(LoadReport, NeverRoundsAFewToNoneOrAll) {
  EXPECT_EQ(report::share_text(0, 10), "0%");
  EXPECT_EQ(report::share_text(10, 10), "100%");
  EXPECT_EQ(report::share_text(1, 1'000'000), "under 0.001%");
  EXPECT_EQ(report::share_text(999'999, 1'000'000), "over 99.9%");
  EXPECT_EQ(report::share_text(1, 8), "12.5%");
}

TEST(LoadReport, WritesDurationsWithAUnitThatFits) {
  EXPECT_EQ(report::duration_text(0ns), "0 ns");
  EXPECT_EQ(report::duration_text(847'123ns), "847 µs");
  EXPECT_EQ(report::duration_text(999'700ns), "1 ms");
  EXPECT_EQ(report::duration_text(1234ms), "1.23 s");
  EXPECT_EQ(report::duration_text(130s), "2 min 10 s");
  EXPECT_EQ(report::duration_text(2h), "2 h");
}

TEST(LoadReport, ShowsControlsOfDirectionInsteadOfObeyingThem) {
  EXPECT_EQ(report::html_text("\u202a\u202e\u2066\u2069"), "\\u202a\\u202e\\u2066\\u2069");
  EXPECT_EQ(report::html_text("\u2029\u202f\u2065\u206a\u05d0"), "\\u2029\u202f\u2065\u206a\u05d0");
}

TEST(LoadReport, CutsTextBetweenCharacters) {
  EXPECT_EQ(report::html_text("grün", 3), "gr…");
  EXPECT_EQ(report::html_text("grün", 4), "grü…");
  EXPECT_EQ(report::html_text("grün", 5), "grün");
}

}  // namespace
}  // namespace mscomm
