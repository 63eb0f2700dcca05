#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/contract/openapi_shape.h"

namespace mscomm {

/// How a parameter or a header is written (OpenAPI 3.0.3 section 4.7.12.2 and RFC 6570).
struct ApiStyle {
  std::string in;  ///< "path", "query", "header", "cookie"
  std::string name;
  std::string style;  ///< "form"
  bool explode = false;
};

/// Names and values, still percent-encoded if `in` is. For a query all its fields; for a path
/// parameter, a header or a cookie those with its name.
using ApiFields = std::vector<std::pair<std::string, std::string>>;

/// Whether each item of the parameter is a field of its own.
bool has_field_for_each_item(const ApiStyle& style);

/// Splits a query or another text with separators into fields: "a=1&b".
ApiFields fields_of(std::string_view text, char separator);

/// The values that the fields can mean under a schema, the likeliest first: "5" is a number, or a
/// string. Empty when the parameter is missing. `claimed` says whether a field's name belongs to
/// another parameter.
std::vector<nlohmann::ordered_json> decoded(const ApiStyle& style, const ApiShape& shape,
                                            const ApiFields& fields,
                                            const std::function<bool(std::string_view)>& claimed);

/// The text of a field, decoded.
std::string decoded_text(const ApiStyle& style, std::string_view raw);

}  // namespace mscomm
