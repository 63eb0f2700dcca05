#include "core/contract/openapi_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/runtime/text.h"

namespace mscomm {

void ApiReport::add(std::string_view text, const DocumentNode& place) {
  lines_.push_back(in_one_line(fmt::format("{} ({})", text, place.place())));
}

void ApiReport::add(std::string_view subject, const std::vector<Violation>& violations,
                    const DocumentNode& schema) {
  for (const auto& violation : violations) {
    const auto hash = std::min(violation.schema.find('#'), violation.schema.size());
    const auto uri = violation.schema.substr(0, hash);
    const auto file = uri.empty()        ? schema.file().prefix
                      : uri == main_uri_ ? std::string()
                                         : shown_uri(uri);
    lines_.push_back(
        in_one_line(fmt::format("{}{}{} ({}{})", subject, violation.at.empty() ? ": " : " ",
                                text_of(violation), file, violation.schema.substr(hash))));
  }
}

}  // namespace mscomm
