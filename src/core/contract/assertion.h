#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/message/expression.h"

namespace mscomm {

/// A jq expression that must hold for a record.
class Assertion {
 public:
  /// Throws Error{usage} when it does not compile.
  explicit Assertion(std::string expression);

  /// What is wrong: the expression and the values of what it looks at, or jq's message where it
  /// cannot be told. Nothing when it holds.
  std::optional<std::string> violation(std::string_view record);

 private:
  std::string text_;
  Expression expression_;
};

/// The paths that a jq expression takes from its own input, `.json.items[0].id` for example, each
/// once: not those behind a pipe or among the arguments of a function, whose input is another one.
std::vector<std::string> paths_in(std::string_view expression);

}  // namespace mscomm
