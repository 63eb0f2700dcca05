// A response's head, line by line as it comes in, and everything that reads its headers.

#include <algorithm>

#include "core/call/http_record.h"
#include "core/event/trace_context.h"
#include "core/http/curl_text.h"
#include "core/http/failure_set.h"
#include "core/http/redirect.h"
#include "core/http/response_head.h"
#include "core/http/retry_after.h"
#include "core/output/json_text.h"
#include "core/runtime/error.h"
#include "fuzz/fuzzer.h"

namespace mscomm::test {
namespace {

// Only a line that begins with no blank is a header, and only the first is a status line.
HttpResponse head_of(std::string_view text) {
  HttpResponse response;
  std::size_t lines = 0;
  std::size_t headers = 0;
  int status = 0;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find_last_not_of('\r') + 1);
    if (line.empty()) {
      continue;
    }
    add_head_line(response, line);
    status = lines == 0 ? response.status : status;
    headers += lines > 0 && line[0] != ' ' && line[0] != '\t' ? 1U : 0U;
    ++lines;
    require(response.status == status && response.headers.size() == headers);
  }
  return response;
}

void check_retry_after(const HttpResponse& response) {
  for (const auto now : {WallTime(), WallTime(std::chrono::seconds(1'795'719'834))}) {
    const auto pause = retry_after(response, now);
    require(!pause || *pause >= Duration::zero());
    require(!pause || *pause <= std::chrono::seconds(0xFFFFFFFF));
  }
}

// Where a redirect leads, nobody but the first server sees what was meant for it.
void check_redirect(HttpResponse response) {
  HttpRequest request;
  request.method = "POST";
  request.url = parse_http_url("http://service-b:8080/a/b?c");
  request.body = std::make_shared<const std::string>("secret");
  request.authorization = Secret("Bearer secret");
  request.headers = {{"cookie", "secret"}, {"Authorization", "secret"}};
  for (const int status : {response.status, 301, 303, 307}) {
    response.status = status;
    try {
      const auto next = redirected(request, response);
      require(next.has_value() == is_redirect(response));
      if (next && next->url.origin != request.url.origin) {
        require(next->headers.empty());
        require(next->authorization.reveal() != "Bearer secret");
        require(next->authorization.empty() == next->url.user.empty());
      }
    } catch (const Error& error) {
      require(error.reason() == Exit::failed);
    }
  }
}

void check_record(const HttpResponse& response) {
  HttpRecord record;
  record.method = "GET";
  record.url = "http://service-b/";
  record.response = response;
  std::string text;
  append_http_json(text, record);
  require(is_json(text) && text.find('\n') == std::string::npos);
  append_http_text(text, record);
  require(text.find('\x1b') == std::string::npos);
}

void check_trace(std::string_view input) {
  const TraceContext trace{std::string(input)};
  require(trace.trace_id().size() == 32);
  require(!trace.is_continued() || input.find(trace.trace_id()) != std::string_view::npos);
  const TraceContext next{trace.new_span()};
  require(next.is_continued() && next.trace_id() == trace.trace_id());
}

void check_failures(std::string_view input) {
  HttpExchange exchange;
  exchange.response.status = 99;  // which nobody can name
  try {
    require(!FailureSet::parse(input, "--retry-on").contains(exchange));
  } catch (const Error& error) {
    require(error.reason() == Exit::usage);
  }
}

}  // namespace

void fuzz(std::string_view input) {
  const auto response = head_of(input);
  check_retry_after(response);
  check_redirect(response);
  check_record(response);
  const auto bad_length = bad_content_length(response.headers);
  require(!bad_length || find_header(response.headers, "content-length") != nullptr);
  check_trace(input);
  check_failures(input);
  require(loggable_curl_text("h2h3 [authorization: " + std::string(input)).empty());
}

}  // namespace mscomm::test
