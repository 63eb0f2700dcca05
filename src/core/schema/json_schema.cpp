#include "core/schema/json_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/document/document_files.h"
#include "core/document/json_value.h"
#include "core/runtime/error.h"
#include "core/schema/metaschemas.h"
#include "core/schema/schema_compiler.h"
#include "core/schema/schema_visit.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

struct JsonSchema::Compiled {
  SchemaProgram program;
  const SchemaNode* root = nullptr;
  std::size_t max_violations;
  std::size_t max_steps;
};

namespace {

// The comparison of values recurses.
constexpr std::size_t kMostValueDepth = 1000;

// Checks the parts that compiling skips: schemas without a reference to them.
void check_by_metaschema(const Json& schema, const std::string& location, const Dialect& dialect,
                         const SchemaOptions& options) {
  const auto text = metaschema_text(dialect.uri);
  if (!text) {
    return;
  }
  SchemaOptions plain;
  SchemaProgram program;
  const auto metaschema = Json::parse(*text);
  plain.asserts_formats = false;
  const auto& root = SchemaCompiler(plain, program).compile(metaschema);
  VisitLimits limits{options.max_steps};
  std::vector<Violation> violations;
  if (!Visit::judge(root, schema, limits, &violations, 1)) {
    const auto& first = violations.front();
    throw Error(Exit::usage, fmt::format("{}: {}{}: {}, says the metaschema of {}", options.title,
                                         location, first.at, first.message, dialect.name));
  }
}

}  // namespace

SchemaLoader loader_of(std::shared_ptr<DocumentFiles> files) {
  return [files = std::move(files)](const std::string& uri) {
    const auto document = files->find(uri);
    return document == nullptr ? nullptr : document->shared_root();
  };
}

JsonSchema::JsonSchema(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
JsonSchema::JsonSchema(JsonSchema&&) noexcept = default;
JsonSchema& JsonSchema::operator=(JsonSchema&&) noexcept = default;
JsonSchema::~JsonSchema() = default;

JsonSchema JsonSchema::compile(const Json& document, const SchemaOptions& options) {
  auto compiled = std::make_unique<Compiled>();
  compiled->max_violations = std::max<std::size_t>(options.max_violations, 1);
  compiled->max_steps = options.max_steps;
  SchemaCompiler compiler(options, compiled->program);
  compiled->root = &compiler.compile(document);
  check_by_metaschema(compiler.schema(), compiled->root->location, *compiler.language().dialect,
                      options);
  compiler.refuse_endless();
  return JsonSchema(std::move(compiled));
}

std::vector<Violation> JsonSchema::validate(const Json& value) const {
  if (!is_nested_within(value, kMostValueDepth)) {
    throw Error(Exit::failed, fmt::format("the value is nested too deeply to validate: more than "
                                          "{} levels",
                                          kMostValueDepth));
  }
  std::vector<Violation> violations;
  VisitLimits limits{compiled_->max_steps};
  Visit::judge(*compiled_->root, value, limits, &violations, compiled_->max_violations);
  return violations;
}

}  // namespace mscomm
