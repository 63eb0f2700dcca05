#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/expression/expression.h"
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
  /// Whether the body is JSON, once it is known; see judge_body().
  std::optional<bool> has_json;
  int attempts = 1;
  std::string trace_id;
  std::vector<HttpHop> redirects;  ///< the hops from the first request to the last

  /// Finds out whether the body is JSON. Without it, each use does.
  void judge_body(const Pause& pause = {});

  /// From the start of the first request to the end of the last response.
  [[nodiscard]] Duration total() const;
};

/// The fields for `--format '{status} {total_ms}\n'`. Here `body` and `body_base64` are always the
/// body; a JSON record holds one of json, body and body_base64.
std::span<const Field<HttpRecord>> http_fields();

/// Appends the record as one compact JSON object, without a line end.
void append_http_json(std::string& out, const HttpRecord& record, const Pause& pause = {});

/// Appends the record for people: the outcome, the headers, the body, indented when it is JSON.
void append_http_text(std::string& out, const HttpRecord& record, const Pause& pause = {});

/// The record for expressions: as JSON without its body, and the body apart.
class HttpRecordInput {
 public:
  explicit HttpRecordInput(const HttpRecord& record);
  HttpRecordInput(const HttpRecordInput&) = delete;
  HttpRecordInput& operator=(const HttpRecordInput&) = delete;
  ~HttpRecordInput() = default;

  /// What an expression is given that may read the body, or that does not.
  [[nodiscard]] ExpressionInput input(bool with_body);

  /// The members that are the body: of what an expression may read, see may_read().
  static std::span<const std::string_view> body_members();

 private:
  const HttpRecord& record_;
  std::string head_;
  std::string base64_;
};

}  // namespace mscomm
