#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace mscomm {

enum class SchemaDialect { draft_4, draft_7, draft_2020_12, openapi_3_0 };

/// Loads the document at an absolute URI without a fragment; nullptr when there is none.
using SchemaLoader =
    std::function<std::shared_ptr<const nlohmann::ordered_json>(const std::string& uri)>;

/// The direction of a value. In OpenAPI 3.0 a request must not contain readOnly properties nor a
/// response writeOnly ones, and `required` does not demand them there (3.0.3 section 4.7.24.2).
enum class SchemaUse { any, request, response };

struct SchemaOptions {
  std::string title = "the schema";  ///< begins messages: a file's name
  std::string uri;                   ///< the document's URI, the base of its references
  std::string at;                    ///< JSON Pointer to the schema in a larger document
  SchemaDialect dialect = SchemaDialect::draft_2020_12;  ///< when the document names none
  SchemaUse use = SchemaUse::any;
  bool asserts_formats = true;  ///< else "format" is only an annotation, the default of 2020-12
  std::size_t max_violations = 100;    ///< reported violations; at least one
  std::size_t max_steps = 50'000'000;  ///< limit of schemas applied to values: seconds
  SchemaLoader load;                   ///< called while compiling, for other documents
};

}  // namespace mscomm
