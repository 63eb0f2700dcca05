#include "core/call/http_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/output/json_text.h"
#include "core/runtime/ascii.h"
#include "core/runtime/duration.h"
#include "core/runtime/redact.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

using Record = HttpRecord;

// A server may send any bytes (RFC 9110 section 5.5), and errors quote them; JSON needs UTF-8.
std::string printable(std::string_view text) {
  return is_utf8(text) ? std::string(text) : visible(text);
}

bool is_first_of_its_name(const HttpHeaders& headers, const HttpHeader& header) {
  return find_header(headers, header.name) == &header;
}

std::vector<std::string> values_of(const HttpHeaders& headers, std::string_view name) {
  std::vector<std::string> values;
  for (const auto& header : headers) {
    if (same_header_name(header.name, name)) {
      values.push_back(shown_header_value(header));
    }
  }
  return values;
}

void write_headers(JsonWriter& json, const HttpHeaders& headers) {
  json.begin_object();
  for (const auto& header : headers) {
    if (!is_first_of_its_name(headers, header)) {
      continue;
    }
    json.key(printable(lower_case(header.name)));
    const auto values = values_of(headers, header.name);
    if (values.size() == 1) {
      json.value(printable(values.front()));
      continue;
    }
    json.begin_array();
    for (const auto& value : values) {
      json.value(printable(value));
    }
    json.end_array();
  }
  json.end_object();
}

void write_redirects(JsonWriter& json, const std::vector<HttpHop>& hops) {
  json.begin_array();
  for (const auto& hop : hops) {
    json.begin_object()
        .member("url", printable(hop.url))
        .member("method", printable(hop.method))
        .member("status", hop.status)
        .member("location", printable(shown_url(hop.location)))
        .member("total_ms", milliseconds_of(hop.timings.total))
        .end_object();
  }
  json.end_array();
}

void write_tls(JsonWriter& json, const TlsFacts& tls) {
  json.begin_object()
      .bytes_member("version", tls.version)
      .bytes_member("cipher", tls.cipher)
      .bytes_member("subject", tls.subject)
      .bytes_member("issuer", tls.issuer)
      .member("not_after", tls.not_after)
      .member("days_left", tls.days_left(std::chrono::system_clock::now()))
      .end_object();
}

void write_compact(JsonWriter& json, const std::string& body) { json.compact(body); }

bool has_json(const Record& record, const Pause& pause = {}) {
  return record.has_json ? *record.has_json : is_json(record.body, pause);
}

Value text_or_absent(std::string_view text) {
  return text.empty() ? Value() : Value(printable(text));
}

Value milliseconds_value(const Record& record, Duration duration) {
  return record.response.timings.total == Duration::zero() ? Value()
                                                           : Value(milliseconds_of(duration));
}

// Not of a body that was dropped because it is too large.
bool has_body(const Record& record) {
  return record.response.status != 0 && (!record.body.empty() || record.response.body_bytes == 0);
}

bool has_response(const Record& record) { return record.response.status != 0; }

Value header_member(const Record& record, std::string_view name) {
  const auto values = values_of(record.response.headers, name);
  return values.empty() ? Value() : Value(fmt::format("{}", fmt::join(values, ", ")));
}

using View = std::string_view;

constexpr std::array kFields{
    Field<Record>{"url", "the URL of the last request, without its password",
                  [](const Record& r, View) -> Value { return printable(r.url); }},
    Field<Record>{"method", "the method of the last request",
                  [](const Record& r, View) -> Value { return View(r.method); }},
    Field<Record>{"outcome", "the exit code's name, for example ok, failed, timeout",
                  [](const Record& r, View) -> Value { return exit_name(r.outcome); }},
    Field<Record>{"error", "why the outcome is not ok",
                  [](const Record& r, View) { return text_or_absent(r.error); }},
    Field<Record>{"status", "the response's status, for example 200",
                  [](const Record& r, View) {
                    return has_response(r) ? Value(std::int64_t{r.response.status}) : Value();
                  }},
    Field<Record>{"reason", "the status in words, for example Not Found",
                  [](const Record& r, View) { return text_or_absent(r.response.reason); }},
    Field<Record>{"http_version", "1.0, 1.1 or 2",
                  [](const Record& r, View) { return text_or_absent(r.response.http_version); }},
    Field<Record>{"remote", "the address and port that answered",
                  [](const Record& r, View) { return text_or_absent(r.response.remote); }},
    Field<Record>{
        "tls", "version, cipher, and the certificate's subject, issuer, end and days left",
        [](const Record& r, View) {
          return r.response.tls.version.empty() ? Value() : json_value<write_tls>(r.response.tls);
        }},
    Field<Record>{"headers", "all headers: lower-case names, a repeated one as an array",
                  [](const Record& r, View) {
                    return has_response(r) ? json_value<write_headers>(r.response.headers)
                                           : Value();
                  }},
    Field<Record>{"headers.", "one header, for example {headers.content-type}", header_member},
    // A JSON record has one of three: json, body, or body_base64 for a body that is not text.
    Field<Record>{
        .name = "json",
        .help = "the body, when it is JSON",
        .get = [](const Record& r,
                  View) { return has_json(r) ? json_value<write_compact>(r.body) : Value(); },
        .is_large = true},
    Field<Record>{
        .name = "body",
        .help = "the body as text",
        .get = [](const Record& r, View) -> Value { return Bytes{r.body}; },
        .json = [](const Record& r,
                   View) { return has_body(r) && !has_json(r) ? Bytes{r.body} : Value(); },
        .is_large = true},
    Field<Record>{.name = "body_base64",
                  .help = "the body in base64",
                  .get = [](const Record& r, View) -> Value { return Base64{r.body}; },
                  .json = nullptr,
                  .is_large = true},
    Field<Record>{"body_bytes", "the body's size",
                  [](const Record& r, View) {
                    return has_response(r) ? Value(static_cast<std::int64_t>(r.response.body_bytes))
                                           : Value();
                  }},
    Field<Record>{
        "dns_ms", "resolving the name took this long",
        [](const Record& r, View) { return milliseconds_value(r, r.response.timings.dns); }},
    Field<Record>{
        "connect_ms", "the TCP handshake took this long",
        [](const Record& r, View) { return milliseconds_value(r, r.response.timings.connect); }},
    Field<Record>{
        "tls_ms", "the TLS handshake took this long",
        [](const Record& r, View) { return milliseconds_value(r, r.response.timings.tls); }},
    Field<Record>{
        "first_byte_ms", "from the last request's start to the response's first byte",
        [](const Record& r, View) { return milliseconds_value(r, r.response.timings.first_byte); }},
    Field<Record>{"total_ms",
                  "of the last attempt, redirects included: from start to the response's end",
                  [](const Record& r, View) { return milliseconds_value(r, r.total()); }},
    Field<Record>{"attempts", "how many times the request was sent",
                  [](const Record& r, View) -> Value { return std::int64_t{r.attempts}; }},
    Field<Record>{"trace_id", "the trace that the request belonged to",
                  [](const Record& r, View) { return text_or_absent(r.trace_id); }},
    Field<Record>{"redirects", "the redirects that were followed, in order",
                  [](const Record& r, View) { return json_value<write_redirects>(r.redirects); }},
};

}  // namespace

Duration HttpRecord::total() const {
  auto sum = response.timings.total;
  for (const auto& hop : redirects) {
    sum += hop.timings.total;
  }
  return sum;
}

std::span<const Field<HttpRecord>> http_fields() { return kFields; }

void HttpRecord::judge_body(const Pause& pause) { has_json = is_json(body, pause); }

void append_http_json(std::string& out, const HttpRecord& record, const Pause& pause) {
  append_json_object<HttpRecord>(out, kFields, record, pause);
}

HttpRecordInput::HttpRecordInput(const HttpRecord& record) : record_(record) {
  JsonWriter json(head_);
  json.begin_object();
  write_fields<HttpRecord>(json, kFields, record, false);
  json.end_object();
}

ExpressionInput HttpRecordInput::input(bool with_body) {
  ExpressionInput input(head_);
  if (!with_body || !has_response(record_)) {
    return input;
  }
  using Kind = ExpressionInput::Kind;
  const auto& body = record_.body;
  if (has_json(record_)) {
    input.kind = Kind::json;
    input.member = "json";
    input.value = body;
    return input;
  }
  input.kind = Kind::string;
  if (is_utf8(body)) {
    input.member = "body";
    input.value = body;
    return input;
  }
  if (base64_.empty()) {
    append_base64(base64_, body);
  }
  input.member = "body_base64";
  input.value = base64_;
  return input;
}

std::span<const std::string_view> HttpRecordInput::body_members() {
  static constexpr std::array<std::string_view, 3> kMembers{"json", "body", "body_base64"};
  return kMembers;
}

void append_http_text(std::string& out, const HttpRecord& record, const Pause& pause) {
  const auto& response = record.response;
  for (const auto& hop : record.redirects) {
    out += in_one_line(
        fmt::format("{} {}: {} to {}", hop.method, hop.url, hop.status, shown_url(hop.location)));
    out += '\n';
  }
  out += in_one_line(fmt::format("{} {}: ", record.method, record.url));
  if (!has_response(record)) {
    out += fmt::format("{}\n", exit_name(record.outcome));
    return;
  }
  out += fmt::format("{} {} in {} ms, {} bytes from {}\n", response.status,
                     in_one_line(response.reason), milliseconds_of(record.total()),
                     response.body_bytes, in_one_line(response.remote));
  for (const auto& header : response.headers) {
    out +=
        fmt::format("{}: {}\n", in_one_line(header.name), in_one_line(shown_header_value(header)));
  }
  if (!record.body.empty()) {
    out += '\n';
    if (has_json(record, pause)) {
      append_indented_json(out, record.body, false, pause);
      out += '\n';
    } else {
      append_quoted_body(out, record.body, pause);
    }
  }
}

}  // namespace mscomm
