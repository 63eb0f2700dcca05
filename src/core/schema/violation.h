#pragma once

#include <string>
#include <vector>

namespace mscomm {

/// One way in which a JSON value is not what a schema asks for.
struct Violation {
  std::string at;       ///< JSON Pointer into the value; empty: the whole of it
  std::string schema;   ///< "#" and a JSON Pointer into the schema, after a URI in other documents
  std::string keyword;  ///< "minimum"
  std::string message;  ///< "-1 is less than the minimum 0"
  std::vector<Violation> causes = {};  ///< of anyOf and oneOf: the first reasons of each schema
  int branch = -1;                     ///< of a cause: which schema of the list

  friend bool operator==(const Violation&, const Violation&) = default;
};

/// The violation in a line, harmless on a terminal: "/items/3/price: -1 is less than the minimum
/// 0", with the first of its causes in parentheses.
std::string text_of(const Violation& violation);

}  // namespace mscomm
