#include "core/load/report/load_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/load/report/load_report_latency.h"
#include "core/load/report/load_report_style.h"
#include "core/load/report/load_report_text.h"
#include "core/load/report/load_report_timeline.h"
#include "core/runtime/duration.h"
#include "core/runtime/version.h"

namespace mscomm {
namespace report {
namespace {

constexpr std::size_t kMostUrl = 2048;
constexpr std::size_t kMostName = 120;
constexpr std::size_t kMostRows = 25;
constexpr std::size_t kMostSamples = 12;
constexpr std::size_t kMostBody = 1024;

std::string times(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count_text(count), count == 1 ? one : many);
}

std::string badge(std::string_view css_class, std::string_view text) {
  return fmt::format("<li class=\"{}\">{}</li>", css_class, text);
}

std::string badges(const LoadResult& result) {
  const auto missed = std::count_if(result.verdicts.begin(), result.verdicts.end(),
                                    [](const auto& verdict) { return !verdict.is_met; });
  std::string list;
  if (missed > 0) {
    list += badge("alarm",
                  fmt::format("✗ objectives missed: {} of {}", missed, result.verdicts.size()));
  } else if (!result.verdicts.empty()) {
    list += badge("fine", "✓ all objectives met");
  }
  if (result.failed > 0) {
    list += badge("alarm", "✗ " + times(result.failed, "failure", "failures"));
  } else {
    list += result.requests() > 0 ? badge("fine", "✓ no failures") : badge("none", "no requests");
  }
  if (result.timed_out) {
    list += badge("alarm", "cut off by --timeout");
  }
  if (result.interrupted) {
    list += badge("alarm", "interrupted before the end");
  }
  return "<ul class=\"badges\">" + list + "</ul>\n";
}

std::string loop_text(const LoadResult& result) {
  if (!result.target_rate) {
    return "closed loop with " + times(result.concurrency, "connection", "connections");
  }
  return fmt::format("open loop, target {}/s, achieved {}/s, at most {}",
                     number_text(*result.target_rate), number_text(result.rate()),
                     times(result.concurrency, "connection", "connections"));
}

std::string head(const LoadResult& result) {
  const auto began = format_rfc3339(result.began);
  return fmt::format(
      "<header>\n<h1><span>{} </span>{}{}</h1>\n"
      "<p><time datetime=\"{}\">{} {} UTC</time>, ran for {}, {}</p>\n{}</header>\n",
      html_text(result.action), html_text(result.target, kMostUrl),
      result.targets > 1 ? fmt::format("<span> and {} more</span>", count_text(result.targets - 1))
                         : "",
      began, began.substr(0, 10), began.substr(11, 8), duration_text(result.took),
      loop_text(result), badges(result));
}

std::string objectives(const LoadResult& result) {
  if (result.verdicts.empty()) {
    return "";
  }
  std::string rows;
  for (const auto& verdict : result.verdicts) {
    rows +=
        fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"{}\">{}</td></tr>\n",
                    html_text(verdict.objective, kMostName), html_text(verdict.actual, kMostName),
                    verdict.is_met ? "fine" : "alarm", verdict.is_met ? "✓ met" : "✗ missed");
  }
  return "<section>\n<h2>Objectives</h2>\n<table class=\"narrow\"><thead><tr>"
         "<th scope=\"col\">Objective</th><th scope=\"col\">Actual</th><th "
         "scope=\"col\">Verdict</th>"
         "</tr></thead>\n<tbody>\n" +
         rows + "</tbody></table>\n</section>\n";
}

std::string figure(std::string_view name, std::string_view value, bool is_alarming = false) {
  return fmt::format("<div><dt>{}</dt><dd{}>{}</dd></div>\n", name,
                     is_alarming ? " class=\"alarm\"" : "", value);
}

struct NamedPercentile {
  const char* name;
  double percent;
};

constexpr std::array<NamedPercentile, 5> kPercentiles{
    {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99.9", 99.9}, {"slowest", 100}}};

std::string percentile_text(const LatencyHistogram& latency, double percent) {
  return latency.count() > 0 ? duration_text(latency.percentile(percent)) : "–";
}

std::string times_table(const LoadResult& result) {
  std::string rows;
  for (const auto& [name, percent] : kPercentiles) {
    rows += fmt::format("<tr><th scope=\"row\">{}</th>", name);
    for (const auto* latency : {&result.response, &result.service, &result.send_lag}) {
      rows += fmt::format("<td class=\"number\">{}</td>", percentile_text(*latency, percent));
    }
    rows += "</tr>\n";
  }
  return "<table class=\"times narrow\"><thead><tr><td></td>"
         "<th scope=\"col\" class=\"number\">Response time</th>"
         "<th scope=\"col\" class=\"number\">Service time</th>"
         "<th scope=\"col\" class=\"number\">Send lag</th></tr></thead>\n<tbody>\n" +
         rows +
         "</tbody></table>\n<p class=\"note\">Service time runs from the moment at which a request "
         "was "
         "sent, response time from the moment at which it was due: what lies between them, the "
         "send "
         "lag, is what a caller would have waited because the service or all connections were "
         "busy.</p>\n";
}

std::string key_figures(const LoadResult& result) {
  const auto requests = result.requests();
  std::string traffic =
      figure("Requests", count_text(requests)) +
      figure("Rate", number_text(result.rate()) + "<small>/s</small>") +
      figure(
          "Failed",
          count_text(result.failed) +
              (requests > 0 ? " <small>" + share_text(result.failed, requests) + "</small>" : ""),
          result.failed > 0);
  if (result.target_rate || result.unsent > 0) {
    traffic += figure("Due, but never sent", count_text(result.unsent), result.unsent > 0);
  }
  traffic += figure("Received", size_text(result.body_bytes)) +
             figure("Connections opened", count_text(result.connections));
  std::string latencies;
  for (const auto& [name, percent] : kPercentiles) {
    latencies += figure(name, percentile_text(result.latency(), percent));
  }
  return fmt::format(
      "<section>\n<h2>Key figures</h2>\n<dl>\n{}</dl>\n<h3>{} "
      "time</h3>\n<dl>\n{}</dl>\n{}</section>\n",
      traffic, result.target_rate ? "Response" : "Service", latencies,
      result.target_rate ? times_table(result) : "");
}

std::string plots(const LoadResult& result) {
  if (result.requests() == 0) {
    return "<section>\n<h2>Latency</h2>\n<p class=\"note\">No request ended: there is nothing to "
           "draw.</p>\n</section>\n";
  }
  const auto responses = result.latency().count();
  const auto latency =
      responses == 0
          ? "<p class=\"note\">No complete response: there is no latency to draw.</p>\n"
          : fmt::format(
                "<div class=\"grid2\">\n{}{}</div>\n{}", percentile_figure(result),
                histogram_figure(result),
                responses < result.requests()
                    ? fmt::format("<p class=\"note\">Latencies are those of {}, whatever their "
                                  "status; requests without one have none.</p>\n",
                                  times(responses, "complete response", "complete responses"))
                    : "");
  return "<section>\n<h2>Latency</h2>\n" + latency + "</section>\n<section>\n<h2>Timeline</h2>\n" +
         timeline_figures(result) + "</section>\n";
}

struct BarRow {
  std::string name;
  std::uint64_t count;
  const char* css_class;
};

// Most frequent first; the rarest share one row.
std::vector<BarRow> ranked(std::vector<BarRow> rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  if (rows.size() > kMostRows) {
    BarRow others{times(rows.size() - kMostRows + 1, "other", "others"), 0, "none"};
    for (; rows.size() >= kMostRows; rows.pop_back()) {
      others.count += rows.back().count;
    }
    rows.push_back(others);
  }
  return rows;
}

// Shares are of `whole`, which the page calls `whole_name`.
std::string bars(std::string_view title, std::string_view column, const std::vector<BarRow>& rows,
                 std::uint64_t whole, std::string_view whole_name) {
  if (rows.empty()) {
    return "";
  }
  std::string body;
  for (const auto& [name, count, css_class] : ranked(rows)) {
    const auto percent = 100 * static_cast<double>(count) / static_cast<double>(whole);
    // One among a million must still be visible.
    const auto width = std::max(1.0, percent);
    body += fmt::format(
        "<tr><th scope=\"row\">{}</th><td><svg role=\"img\" aria-label=\"{}\"><rect class=\"{}\" "
        "width=\"{:.3f}%\" height=\"100%\"/></svg></td><td class=\"number\">{}</td>"
        "<td class=\"number\">{}</td></tr>\n",
        html_text(name, kMostName), share_text(count, whole), css_class, width, count_text(count),
        share_text(count, whole));
  }
  return fmt::format(
      "<section>\n<h2>{}</h2>\n<table class=\"bars\"><thead><tr><th scope=\"col\">{}</th>"
      "<th scope=\"col\">Part</th><th scope=\"col\" class=\"number\">Requests</th>"
      "<th scope=\"col\" class=\"number\">Of {}</th></tr></thead>\n<tbody>\n{}</tbody></table>\n"
      "</section>\n",
      title, column, whole_name, body);
}

const char* status_class(LoadStatus::Meaning meaning) {
  switch (meaning) {
    case LoadStatus::Meaning::success:
      return "good";
    case LoadStatus::Meaning::elsewhere:
      return "redirect";
    case LoadStatus::Meaning::callers_error:
      return "client";
    case LoadStatus::Meaning::services_error:
      return "bad";
    case LoadStatus::Meaning::other:
      break;
  }
  return "none";
}

std::string counts(const LoadResult& result) {
  std::vector<BarRow> statuses;
  auto unanswered = result.requests();
  for (const auto& [name, status] : result.statuses) {
    statuses.push_back({name, status.count, status_class(status.meaning)});
    unanswered -= std::min(unanswered, status.count);
  }
  if (unanswered > 0) {
    statuses.push_back({"no response", unanswered, "none"});
  }
  std::vector<BarRow> failures;
  for (const auto& [kind, count] : result.failures) {
    failures.push_back({kind, count, "bad"});
  }
  return "<div class=\"grid2\">\n" +
         bars("Statuses", "Status", statuses, result.requests(), "requests") +
         bars("Kinds of failure", "Kind", failures, result.failed, "failures") + "</div>\n";
}

std::string samples(const LoadResult& result) {
  if (result.samples.empty()) {
    return "";
  }
  std::string html = "<section>\n<h2>Failures, the first ones of each kind</h2>\n";
  const auto shown = std::min(result.samples.size(), kMostSamples);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& sample = result.samples[i];
    html += fmt::format(
        "<article class=\"sample\">\n<h3>{} <span>{} after the start</span></h3>\n"
        "<p>{}</p>\n",
        html_text(sample.kind, kMostName), duration_text(sample.at), html_text(sample.text()));
    if (!sample.body.empty()) {
      // HTML ignores a newline directly after <pre>.
      html += "<pre>\n" + html_text(sample.body, kMostBody) + "</pre>\n";
    }
    html += "</article>\n";
  }
  if (shown < result.samples.size()) {
    html += fmt::format("<p class=\"note\">And {} not shown.</p>\n",
                        times(result.samples.size() - shown, "failure", "failures"));
  }
  return html + "</section>\n";
}

std::string whole_page(const LoadResult& result) {
  std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{} {} under load</title>\n",
      content_security_policy(), html_text(result.action), html_text(result.target));
  page.append("<style>").append(style_sheet()).append("</style>\n</head>\n<body>\n");
  page += head(result);
  page += "<main>\n" + objectives(result) + key_figures(result) + plots(result) + counts(result) +
          samples(result) + "</main>\n";
  page += fmt::format("<footer>mscomm {}</footer>\n", kVersion);
  page.append("<script>").append(script()).append("</script>\n</body>\n</html>\n");
  return page;
}

}  // namespace
}  // namespace report

std::string load_report(const LoadResult& result) { return report::whole_page(result); }

}  // namespace mscomm
