#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/contract/openapi_document.h"

namespace mscomm {

/// Collects the violations of a message, one line each, without control characters.
class ApiReport {
 public:
  explicit ApiReport(const ApiDocument& document) : main_uri_(document.root().file().uri) {}

  /// "response header X-Rate-Limit is required (#/paths/~1pets/…)"
  void add(std::string_view text, const DocumentNode& place);
  /// "response body /price: -1 is less than the minimum 0 (#/components/…)"
  void add(std::string_view subject, const std::vector<Violation>& violations,
           const DocumentNode& schema);

  std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::string main_uri_;
  std::vector<std::string> lines_;
};

}  // namespace mscomm
