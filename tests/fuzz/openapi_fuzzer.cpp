// An OpenAPI description as JSON or YAML, a request and a response, with record separators (0x1e)
// between them: whatever they are, it is said within bounds what is wrong, harmlessly for a
// terminal, and the same when it is asked again.
//
//   DESCRIPTION <1e> GET /path NAME: VALUE NAME: VALUE <1e> BODY <1e> 200 NAME: VALUE <1e> BODY
//
// with line ends between the parts of a head.

#include "core/contract/openapi.h"

#include <charconv>
#include <memory>

#include "core/runtime/error.h"
#include "core/runtime/text.h"
#include "fuzz/fuzzer.h"

namespace mscomm::test {
namespace {

class Splitter {
 public:
  explicit Splitter(std::string_view text) : rest_(text) {}

  std::string until(char separator) {
    const auto end = std::min(rest_.find(separator), rest_.size());
    std::string part(rest_.substr(0, end));
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return part;
  }
  [[nodiscard]] bool is_done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

ApiHeaders headers_in(Splitter& head) {
  ApiHeaders headers;
  while (!head.is_done()) {
    const auto text = head.until('\n');
    Splitter line(text);
    auto name = line.until(':');
    headers.emplace_back(std::move(name), line.until('\n'));
  }
  return headers;
}

using Lines = std::vector<std::string>;

Lines judged(const std::string& description, const ApiRequest& request,
             const ApiResponse& response) {
  // References lead to the same file again.
  const auto files =
      std::make_shared<DocumentFiles>([&](const std::string&) { return description; });
  constexpr std::size_t kMostSteps = 20'000;
  OpenApi api("/api", files, kMostSteps);
  auto violations = api.check_request(request);
  for (auto& violation :
       api.check_response(request.method, request.url, response).value_or(Lines())) {
    violations.push_back(std::move(violation));
  }
  return violations;
}

}  // namespace

void fuzz(std::string_view input) {
  constexpr char kSeparator = '\x1e';
  Splitter parts(input);
  const auto description = parts.until(kSeparator);
  const auto request_head = parts.until(kSeparator);
  const auto request_body = parts.until(kSeparator);
  const auto response_head = parts.until(kSeparator);
  Splitter head(request_head);
  ApiRequest request{head.until(' '), "http://h" + head.until('\n'), {}, std::nullopt};
  request.headers = headers_in(head);
  if (!request_body.empty()) {
    request.body = request_body;
  }
  Splitter answer(response_head);
  const auto status_text = answer.until('\n');
  int status = 0;
  std::from_chars(status_text.data(), status_text.data() + status_text.size(), status);
  ApiResponse response{status, {}, parts.until(kSeparator)};
  response.headers = headers_in(answer);
  try {
    const auto violations = judged(description, request, response);
    for (const auto& violation : violations) {
      require(in_one_line(violation) == violation && !violation.empty());
    }
    require(judged(description, request, response) == violations);
  } catch (const Error& error) {
    require(error.reason() == Exit::usage || error.reason() == Exit::failed);
  }
}

}  // namespace mscomm::test
