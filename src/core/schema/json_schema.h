#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/schema/violation.h"

namespace mscomm {

enum class SchemaDialect { draft_4, draft_7, draft_2020_12, openapi_3_0 };

/// The document at an absolute URI without a fragment, or null when there is none.
using SchemaLoader =
    std::function<std::shared_ptr<const nlohmann::ordered_json>(const std::string& uri)>;

/// Which way a value goes. In OpenAPI 3.0 a request must not have what is readOnly, and a response
/// not what is writeOnly, and `required` does not ask for it there (3.0.3 section 4.7.24.2).
enum class SchemaUse { any, request, response };

struct SchemaOptions {
  std::string title = "the schema";  ///< what messages begin with: a file's name
  std::string uri;                   ///< where the document is from: what its references relate to
  std::string at;                    ///< JSON Pointer to the schema in a larger document
  SchemaDialect dialect = SchemaDialect::draft_2020_12;  ///< where the document names none
  SchemaUse use = SchemaUse::any;
  bool asserts_formats = true;  ///< else "format" is a remark, which 2020-12 lets be the default
  std::size_t max_violations = 100;    ///< how many are reported; one at least
  std::size_t max_steps = 50'000'000;  ///< how many schemas may be applied to values: seconds
  SchemaLoader load;  ///< called for references to other documents, while compiling
};

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
