#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "core/schema/schema_options.h"
#include "core/schema/violation.h"

namespace mscomm {

class DocumentFiles;

/// Loads documents from files, each once.
SchemaLoader loader_of(std::shared_ptr<DocumentFiles> files);

/// A compiled JSON Schema (draft 4, draft 7, 2020-12, or the schema object of OpenAPI 3.0). It does
/// not refer to its document. Validation uses buffers in its patterns: one thread at a time.
class JsonSchema {
 public:
  /// Throws Error{usage} with the place in the schema for an invalid schema, an unknown dialect, an
  /// unresolvable reference, an invalid pattern, and schemas that refer to themselves without end.
  static JsonSchema compile(const nlohmann::ordered_json& document, const SchemaOptions& options);

  JsonSchema(const JsonSchema&) = delete;
  JsonSchema& operator=(const JsonSchema&) = delete;
  JsonSchema(JsonSchema&&) noexcept;
  JsonSchema& operator=(JsonSchema&&) noexcept;
  ~JsonSchema();

  /// All violations of the value, in the order of the schema's keywords; empty when it is valid.
  /// Throws Error{failed} when the limits are reached: the value is nested too deeply, it takes too
  /// many steps, or a pattern takes too long.
  [[nodiscard]] std::vector<Violation> validate(const nlohmann::ordered_json& value) const;

 private:
  struct Compiled;

  explicit JsonSchema(std::unique_ptr<Compiled> compiled);

  std::unique_ptr<Compiled> compiled_;
};

}  // namespace mscomm
