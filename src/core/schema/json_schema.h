#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "core/schema/schema_options.h"
#include "core/schema/violation.h"

namespace mscomm {

class DocumentFiles;

/// What loads documents from files, each once.
SchemaLoader loader_of(std::shared_ptr<DocumentFiles> files);

/// A JSON Schema (draft 4, draft 7, 2020-12, or the schema object of OpenAPI 3.0), compiled. It
/// keeps nothing of the document it was made of. Validation uses buffers of its patterns: one
/// thread at a time.
class JsonSchema {
 public:
  /// Throws Error{usage} that names the place in the schema: for what is not a schema, for a
  /// dialect that is not known, for a reference that leads nowhere, and for a pattern that is none.
  static JsonSchema compile(const nlohmann::ordered_json& document, const SchemaOptions& options);

  JsonSchema(JsonSchema&&) noexcept;
  JsonSchema& operator=(JsonSchema&&) noexcept;
  ~JsonSchema();

  /// Everything that is wrong with the value, in the order of the schema's keywords; empty when it
  /// is valid. Throws Error{failed} when that cannot be said within bounds: the value is nested too
  /// deeply, schemas refer to each other without end, a pattern takes too long.
  [[nodiscard]] std::vector<Violation> validate(const nlohmann::ordered_json& value) const;

 private:
  struct Compiled;

  explicit JsonSchema(std::unique_ptr<Compiled> compiled);

  std::unique_ptr<Compiled> compiled_;
};

}  // namespace mscomm
