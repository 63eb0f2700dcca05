#pragma once

#include <deque>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace mscomm {

class Visit;

/// One keyword's check of a value; false when it does not hold, after Visit::fail().
using KeywordCheck = std::function<bool(Visit&)>;

/// The types of JSON values, as bits.
enum TypeBits : unsigned {
  kNull = 1,
  kBoolean = 2,
  kNumber = 4,
  kString = 8,
  kArray = 16,
  kObject = 32,
  kAnyType = 63,
};

/// The bit of a value's type; numbers are one type.
unsigned type_bit(const nlohmann::ordered_json& value);

struct Rule {
  std::string_view keyword;
  unsigned types = kAnyType;  ///< the check applies only to these
  bool is_last = false;       ///< needs to know which members or items other rules evaluated
  KeywordCheck check;
};

struct SchemaNode;

/// The schemas that $dynamicRef finds in a schema resource (2020-12 core section 8.2.3.2).
using DynamicAnchors = std::map<std::string, const SchemaNode*, std::less<>>;

/// A compiled schema.
struct SchemaNode {
  std::string location;         ///< "#/properties/price", after a URI for other documents
  std::string_view applied_by;  ///< the keyword that holds it
  bool is_false = false;
  bool needs_marks = false;  ///< a rule is_last
  const DynamicAnchors* resource = nullptr;
  std::vector<Rule> rules;
};

/// A schema and all that it refers to, compiled.
struct SchemaProgram {
  std::deque<SchemaNode> nodes;
  std::deque<DynamicAnchors> resources;
};

}  // namespace mscomm
