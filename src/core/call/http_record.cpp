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

// With the microseconds that libcurl measures.
double milliseconds(Duration duration) {
  return static_cast<double>(
             std::chrono::duration_cast<std::chrono::microseconds>(duration).count()) /
         1000.0;
}

// Header values are bytes (RFC 9110 section 5.5); JSON wants UTF-8.
void append_json_bytes(std::string& out, std::string_view bytes) {
  append_json_string(out, is_utf8(bytes) ? bytes : visible(bytes));
}

bool is_first_of_its_name(const HttpHeaders& headers, const HttpHeader& header) {
  return find_header(headers, header.name) == &header;
}

std::vector<std::string_view> values_of(const HttpHeaders& headers, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& header : headers) {
    if (same_header_name(header.name, name)) {
      values.push_back(header.value);
    }
  }
  return values;
}

std::string headers_json(const HttpHeaders& headers) {
  std::string out = "{";
  for (const auto& header : headers) {
    if (!is_first_of_its_name(headers, header)) {
      continue;
    }
    out += out.size() > 1 ? "," : "";
    append_json_bytes(out, lower_case(header.name));
    out += ':';
    const auto values = values_of(headers, header.name);
    out += values.size() > 1 ? "[" : "";
    for (std::size_t i = 0; i < values.size(); ++i) {
      out += i > 0 ? "," : "";
      append_json_bytes(out, values[i]);
    }
    out += values.size() > 1 ? "]" : "";
  }
  out += '}';
  return out;
}

std::string redirects_json(const std::vector<HttpHop>& hops) {
  std::string out = "[";
  for (const auto& hop : hops) {
    out += out.size() > 1 ? ",{\"url\":" : "{\"url\":";
    append_json_bytes(out, hop.url);
    out += ",\"method\":";
    append_json_bytes(out, hop.method);
    out += fmt::format(",\"status\":{},\"location\":", hop.status);
    append_json_bytes(out, hop.location);
    out += fmt::format(",\"total_ms\":{}}}", milliseconds(hop.timings.total));
  }
  out += ']';
  return out;
}

std::string tls_json(const TlsFacts& tls) {
  std::string out = "{";
  append_text_member(out, "version", tls.version);
  append_text_member(out, "cipher", tls.cipher);
  append_text_member(out, "subject", tls.subject);
  append_text_member(out, "issuer", tls.issuer);
  append_text_member(out, "not_after", format_rfc3339(tls.not_after));
  return fmt::format("{}\"days_left\":{}}}", out, tls.days_left(std::chrono::system_clock::now()));
}

// A server may send any bytes, and its words are quoted in errors.
Value printable(std::string_view text) {
  return is_utf8(text) ? Value(text) : Value(visible(text));
}

Value text_or_absent(std::string_view text) { return text.empty() ? Value() : printable(text); }

Value milliseconds_value(const Record& record, Duration duration) {
  return record.response.timings.total == Duration::zero() ? Value()
                                                           : Value(milliseconds(duration));
}

bool has_response(const Record& record) { return record.response.status != 0; }

Value json_body(const Record& record, std::string_view) {
  return is_json(record.body) ? Value(compact_json(record.body)) : Value();
}
Value raw_body(const Record& record, std::string_view) { return std::string_view(record.body); }
Value base64_body(const Record& record, std::string_view) { return base64_encode(record.body); }

// Of the three forms a JSON record has the first that fits.
Value text_body_only(const Record& record, std::string_view) {
  const bool fits = has_response(record) && !is_json(record.body) && is_utf8(record.body);
  return fits ? Value(std::string_view(record.body)) : Value();
}
Value binary_body_only(const Record& record, std::string_view) {
  return is_utf8(record.body) ? Value() : Value(base64_encode(record.body));
}

Value header_member(const Record& record, std::string_view name) {
  const auto values = values_of(record.response.headers, name);
  return values.empty() ? Value() : Value(fmt::format("{}", fmt::join(values, ", ")));
}

using View = std::string_view;

constexpr std::array kFields{
    Field<Record>{"url", "the URL of the last request, without its password",
                  [](const Record& r, View) { return printable(r.url); }},
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
          return r.response.tls.version.empty() ? Value() : Value(tls_json(r.response.tls));
        },
        true},
    Field<Record>{"headers", "all headers: lower-case names, a repeated one as an array",
                  [](const Record& r, View) {
                    return has_response(r) ? Value(headers_json(r.response.headers)) : Value();
                  },
                  true},
    Field<Record>{"headers.", "one header, for example {headers.content-type}", header_member},
    Field<Record>{"json", "the body, when it is JSON", json_body, true},
    Field<Record>{"body", "the body as text", raw_body},
    Field<Record>{"body_base64", "the body in base64", base64_body},
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
                  [](const Record& r, View) -> Value { return redirects_json(r.redirects); }, true},
};

// The same fields for JSON, where the body stands in one form only.
std::array<Field<Record>, kFields.size()> make_json_fields() {
  auto fields = kFields;
  for (auto& field : fields) {
    if (field.name == "body") {
      field.get = text_body_only;
    } else if (field.name == "body_base64") {
      field.get = binary_body_only;
    }
  }
  return fields;
}

}  // namespace

Duration HttpRecord::total() const {
  auto sum = response.timings.total;
  for (const auto& hop : redirects) {
    sum += hop.timings.total;
  }
  return sum;
}

std::span<const Field<HttpRecord>> http_fields() { return kFields; }

void append_http_json(std::string& out, const HttpRecord& record) {
  static const auto fields = make_json_fields();
  append_json_object<HttpRecord>(out, fields, record);
}

void append_http_text(std::string& out, const HttpRecord& record) {
  const auto& response = record.response;
  for (const auto& hop : record.redirects) {
    out += fmt::format("{} {}: {} to {}\n", hop.method, hop.url, hop.status,
                       visible(without_passwords(hop.location)));
  }
  out += fmt::format("{} {}: ", record.method, record.url);
  if (!has_response(record)) {
    out += fmt::format("{}\n", exit_name(record.outcome));
    return;
  }
  out +=
      fmt::format("{} {} in {} ms, {} bytes from {}\n", response.status, visible(response.reason),
                  milliseconds(record.total()), response.body_bytes, response.remote);
  for (const auto& header : response.headers) {
    out += fmt::format("{}: {}\n", visible(header.name), visible(header.value));
  }
  if (!record.body.empty()) {
    out += '\n';
    out += is_json(record.body) ? indent_json(record.body) : visible(record.body);
    out += out.back() == '\n' ? "" : "\n";
  }
}

}  // namespace mscomm
