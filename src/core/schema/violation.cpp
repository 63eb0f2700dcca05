#include "core/schema/violation.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/runtime/text.h"

namespace mscomm {
namespace {

constexpr std::size_t kShownCauses = 4;

void append_text(std::string& out, const Violation& violation, const std::string& outer);

void append_causes(std::string& out, const Violation& violation) {
  const auto& causes = violation.causes;
  const auto count = std::min(causes.size(), kShownCauses);
  const char* separator = " (";
  for (std::size_t i = 0; i < count; ++i, separator = "; ") {
    out += separator;
    if (causes[i].branch >= 0) {
      fmt::format_to(std::back_inserter(out), "{}: ", causes[i].branch);
    }
    append_text(out, causes[i], violation.at);
  }
  if (count < causes.size()) {
    fmt::format_to(std::back_inserter(out), "; and {} more", causes.size() - count);
  }
  out += count > 0 ? ")" : "";
}

// Shows a cause's place relative to the outer violation's.
void append_text(std::string& out, const Violation& violation, const std::string& outer) {
  const auto added = violation.at.substr(violation.at.starts_with(outer) ? outer.size() : 0);
  out += in_one_line(added);
  out += added.empty() ? "" : ": ";
  out += violation.message;
  append_causes(out, violation);
}

}  // namespace

std::string text_of(const Violation& violation) {
  std::string out;
  append_text(out, violation, {});
  return out;
}

}  // namespace mscomm
