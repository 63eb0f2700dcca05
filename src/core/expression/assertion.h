#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/expression/expression.h"

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
  // A path that the expression looks at; without an expression it is not one that jq knows.
  struct Path {
    std::string text;
    std::optional<Expression> value;
  };

  void compile_paths();

  std::string text_;
  Expression expression_;
  std::optional<std::vector<Path>> paths_;  // from the first violation on: compiling takes 6 ms
};

/// The paths that a jq expression takes from its own input, `.json.items[0].id` for example, each
/// once: not those behind a pipe or among the arguments of a function, whose input is another one.
std::vector<std::string> paths_in(std::string_view expression);

}  // namespace mscomm
