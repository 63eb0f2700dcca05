#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/contract/openapi.h"
#include "unit/temporary_folder.h"

namespace mscomm::test {

/// "GET /pets\nX-A: 1\n\nbody" or "200\nX-A: 1\n\nbody", taken apart; without an empty line there
/// is no body.
struct MessageText {
  explicit MessageText(std::string_view text) {
    const auto end_of_head = text.find("\n\n");
    has_body = end_of_head != std::string_view::npos;
    body = has_body ? text.substr(end_of_head + 2) : "";
    auto head = text.substr(0, end_of_head);
    const auto next_line = [&head] {
      const auto line = head.substr(0, head.find('\n'));
      head.remove_prefix(std::min(line.size() + 1, head.size()));
      return std::string(line);
    };
    first_line = next_line();
    while (!head.empty()) {
      const auto line = next_line();
      const auto colon = line.find(": ");
      headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
  }

  [[nodiscard]] ApiRequest request() const {
    const auto space = first_line.find(' ');
    return {first_line.substr(0, space), "http://localhost:8080" + first_line.substr(space + 1),
            headers, has_body ? std::optional(body) : std::nullopt};
  }
  [[nodiscard]] ApiResponse response() const { return {std::stoi(first_line), headers, body}; }

  std::string first_line;
  ApiHeaders headers;
  std::string body;
  bool has_body = false;
};

/// A description in a folder of its own.
class ApiFixture {
 public:
  /// `rest` is YAML below `openapi` and `info`.
  ApiFixture(const std::string& version, const std::string& rest)
      : path_(folder_.write("api.yaml",
                            "openapi: " + version + "\ninfo: {title: a, version: '1'}\n" + rest)) {}

  [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] OpenApi open() const { return {path_, std::make_shared<DocumentFiles>()}; }

  [[nodiscard]] std::vector<std::string> of_request(std::string_view request) const {
    return open().check_request(MessageText(request).request());
  }
  [[nodiscard]] std::vector<std::string> of_response(std::string_view request,
                                                     std::string_view response) const {
    const auto sent = MessageText(request).request();
    return open().check_response(sent.method, sent.url, MessageText(response).response()).value();
  }

 private:
  TemporaryFolder folder_;
  std::string path_;
};

/// The violations without the places in the description at their ends.
inline std::vector<std::string> without_places(std::vector<std::string> violations) {
  for (auto& violation : violations) {
    violation.resize(std::min(violation.rfind(" (#"), violation.size()));
  }
  return violations;
}

inline const std::vector<std::string>& versions_of(std::string_view which) {
  static const std::vector<std::string> both{"3.0.3", "3.1.0"};
  static const std::vector<std::string> old{"3.0.3"};
  static const std::vector<std::string> young{"3.1.0"};
  return which == "3.0" ? old : which == "3.1" ? young : both;
}

/// Parameters, a request, and what is wrong with it.
struct ParameterRow {
  const char* name;
  const char* versions;   // "3.0", "3.1" or "both"
  const char* path;       // the template
  const char* parameter;  // a parameter object, or several
  const char* request;    // "GET /path\nHeader: value"
  std::vector<std::string> expected;
};

// NOLINTNEXTLINE(readability-identifier-naming): googletest's name.
inline void PrintTo(const ParameterRow& row, std::ostream* out) { *out << row.parameter; }

/// Judges the request by a description of each of the row's versions.
inline void expect_judged(const ParameterRow& row) {
  for (const auto& version : versions_of(row.versions)) {
    const ApiFixture api(version, "paths: {'" + std::string(row.path) + "': {get: {parameters: [" +
                                      row.parameter + "], responses: {200: {description: a}}}}}");
    EXPECT_EQ(without_places(api.of_request(row.request)), row.expected) << version;
  }
}

/// The name of a test with a row that has one.
template <class Row>
std::string name_of_row(const Row& row) {
  return row.param.name;
}

}  // namespace mscomm::test
