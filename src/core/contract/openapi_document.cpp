#include "core/contract/openapi_document.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "core/document/json_pointer.h"
#include "core/document/json_value.h"
#include "core/runtime/error.h"
#include "core/schema/dialect.h"

namespace mscomm {
namespace {

void refuse_version(const DocumentNode& root) {
  const auto what = root.find("swagger")   ? "Swagger 2.0"
                    : root.find("openapi") ? "OpenAPI " + shown(root.find("openapi")->value())
                                           : std::string();
  if (what.empty()) {
    throw Error(Exit::usage,
                fmt::format("'{}' is not an OpenAPI description: it has no member 'openapi'",
                            root.file().title),
                "--openapi takes OpenAPI 3.0 or 3.1, as JSON or YAML");
  }
  if (const auto version = root.find("openapi"); version && version->value().is_number()) {
    version->refuse("a number; a version is text, for example \"3.0.3\"");
  }
  throw Error(Exit::usage,
              fmt::format("'{}' is {}, and OpenAPI 3.0 and 3.1 are known", root.file().title, what),
              "converters write OpenAPI 3.0 from Swagger 2.0");
}

SchemaDialect known_dialect(const DocumentNode& node, const std::string& uri) {
  const auto* const dialect = find_dialect(uri);
  if (dialect == nullptr) {
    throw Error(Exit::usage,
                fmt::format("{}: {}: the dialect {} is not known", node.file().title, node.place(),
                            in_quotes(uri)),
                "it can be " + known_dialects());
  }
  return dialect->value;
}

// What stands in another part of the components is of another kind, of which nothing would be
// judged.
void refuse_other_component(const DocumentNode& from, const DocumentNode& target,
                            std::string_view wanted) {
  const auto steps = pointer_steps(target.pointer()).value_or(std::vector<std::string>());
  if (&from.value() != &target.value() && steps.size() == 3 && steps[0] == "components" &&
      steps[1] != wanted) {
    from.find("$ref").value_or(from).refuse(
        fmt::format("it leads to {}, which is not among the {}", target.place(), wanted));
  }
}

}  // namespace

ApiDocument::ApiDocument(const std::string& path, std::shared_ptr<DocumentFiles> files,
                         std::size_t max_steps)
    : LinkedDocument(path, std::move(files)), max_steps_(max_steps) {
  const auto version = root().find("openapi");
  const auto text =
      version && version->value().is_string() ? version->value().get<std::string>() : std::string();
  is_3_0_ = text.starts_with("3.0.");
  if (!is_3_0_ && !text.starts_with("3.1.")) {
    refuse_version(root());
  }
  const auto dialect = is_3_0_ ? std::nullopt : root().find("jsonSchemaDialect");
  dialect_ = is_3_0_   ? SchemaDialect::openapi_3_0
             : dialect ? known_dialect(*dialect, root().text("jsonSchemaDialect"))
                       : SchemaDialect::draft_2020_12;
}

DocumentNode ApiDocument::follow_to(const DocumentNode& node, std::string_view wanted) {
  auto target = follow(node).require_object();
  refuse_other_component(node, target, wanted);
  return target;
}

std::shared_ptr<const JsonSchema> ApiDocument::schema(const DocumentNode& node, SchemaUse use) {
  auto& known = schemas_[{&node.value(), use}];
  if (known == nullptr) {
    if (const auto target = try_follow(node)) {
      refuse_other_component(node, *target, "schemas");
    }
    SchemaOptions options;
    options.title = node.file().title;
    options.uri = node.file().uri;
    options.at = node.pointer();
    options.dialect = dialect_;
    const auto own = is_3_0_ ? std::nullopt : node.find("$schema");
    if (own && own->value().is_string()) {
      options.dialect = known_dialect(*own, own->value().get<std::string>());
    }
    options.use = use;
    options.max_steps = max_steps_;
    options.load = loader_of(files());
    known = std::make_shared<const JsonSchema>(
        JsonSchema::compile(node.file().document->root(), options));
  }
  return known;
}

}  // namespace mscomm
