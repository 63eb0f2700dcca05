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

/// Names and values, still percent-encoded where `in` is so: of a query, all of it; of a path
/// parameter, a header, or a cookie, those of its name.
using ApiFields = std::vector<std::pair<std::string, std::string>>;

/// Whether a field of the parameter's name stands for each item.
bool has_field_for_each_item(const ApiStyle& style);

/// The fields of a query, or of another text with separators: "a=1&b".
ApiFields fields_of(std::string_view text, char separator);

/// The values that the fields can mean under a schema, the likeliest first: "5" is a number, or a
/// string. Empty when the parameter is not there. `claimed` says whether a field's name is that of
/// another parameter.
std::vector<nlohmann::ordered_json> decoded(const ApiStyle& style, const ApiShape& shape,
                                            const ApiFields& fields,
                                            const std::function<bool(std::string_view)>& claimed);

/// The text of a field, decoded.
std::string decoded_text(const ApiStyle& style, std::string_view raw);

}  // namespace mscomm
