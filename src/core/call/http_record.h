#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/http/http.h"
#include "core/http/redirect.h"
#include "core/output/record.h"

namespace mscomm {

/// The record that `get` prints about one request, redirects included.
struct HttpRecord {
  std::string method;  ///< of the last request
  std::string url;     ///< of the last request, as shown: without a password
  Exit outcome = Exit::ok;
  std::string error;  ///< empty when the outcome is ok
  HttpResponse response;
  std::string body;
  int attempts = 1;
  std::string trace_id;
  std::vector<HttpHop> redirects;  ///< the hops from the first request to the last

  /// From the start of the first request to the end of the last response.
  [[nodiscard]] Duration total() const;
};

/// The fields for `--format '{status} {total_ms}\n'`. Here `body` and `body_base64` are always the
/// body; a JSON record holds one of json, body and body_base64.
std::span<const Field<HttpRecord>> http_fields();

/// Appends the record as one compact JSON object, without a line end.
void append_http_json(std::string& out, const HttpRecord& record);

/// Appends the record for people: the outcome, the headers, the body, indented when it is JSON.
void append_http_text(std::string& out, const HttpRecord& record);

}  // namespace mscomm
