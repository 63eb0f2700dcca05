#pragma once

#include <string>
#include <vector>

namespace mscomm {

/// One violation of a schema by a JSON value.
struct Violation {
  std::string at;       ///< JSON Pointer into the value; empty: the whole value
  std::string schema;   ///< "#" and a JSON Pointer into the schema, after a URI for other documents
  std::string keyword;  ///< "minimum"
  std::string message;  ///< "-1 is less than the minimum 0"
  std::vector<Violation> causes = {};  ///< for anyOf and oneOf: the first reasons of each schema
  int branch = -1;                     ///< for a cause: the index of its schema in the list

  friend bool operator==(const Violation&, const Violation&) = default;
};

/// The violation on one line that is safe on a terminal: "/items/3/price: -1 is less than the
/// minimum 0", with its first causes in parentheses.
std::string text_of(const Violation& violation);

}  // namespace mscomm
