// A schema, a line end, and a value: whatever they are, it is said within bounds what is wrong, and
// the first violation alone is found where all are.

#include <nlohmann/json.hpp>

#include "core/document/json_value.h"
#include "core/runtime/error.h"
#include "core/runtime/text.h"
#include "core/schema/json_schema.h"
#include "fuzz/fuzzer.h"

namespace mscomm::test {
namespace {

using Json = nlohmann::ordered_json;

std::vector<Violation> validated(const Json& document, const Json& value, std::size_t most) {
  SchemaOptions options;
  options.max_violations = most;
  options.max_steps = 20'000;
  return JsonSchema::compile(document, options).validate(value);
}

}  // namespace

void fuzz(std::string_view input) {
  const auto line_end = input.find('\n');
  const auto schema = Json::parse(input.substr(0, line_end), nullptr, false);
  const auto value = Json::parse(
      line_end == std::string_view::npos ? "" : input.substr(line_end + 1), nullptr, false);
  if (schema.is_discarded() || value.is_discarded()) {
    return;
  }
  try {
    const auto all = validated(schema, value, 10);
    for (const auto& violation : all) {
      require(value.contains(Json::json_pointer(violation.at)) || violation.at.empty());
      const auto text = text_of(violation);
      require(in_one_line(text) == text && !text.empty());
    }
    const auto first = validated(schema, value, 1);
    require(first.size() == (all.empty() ? 0 : 1) && (first.empty() || first[0] == all[0]));
  } catch (const Error& error) {
    require(error.reason() == Exit::usage || error.reason() == Exit::failed);
  }
}

}  // namespace mscomm::test
