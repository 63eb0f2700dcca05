#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

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

}  // namespace mscomm
