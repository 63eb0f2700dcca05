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
  explicit Assertion(std::string expression, ExpressionLimit limit = {});

  [[nodiscard]] const std::string& text() const { return text_; }

  /// The violation, for people: the expression and the values of the paths in it, with jq's message
  /// if it cannot be evaluated. Nothing when it holds. Throws TooLargeForJq.
  std::optional<std::string> violation(const ExpressionInput& record);

 private:
  // A path in the expression. `value` is absent when jq cannot compile it.
  struct Path {
    std::string text;
    std::optional<Expression> value;
  };

  void compile_paths();

  std::string text_;
  ExpressionLimit limit_;
  Expression expression_;
  std::optional<std::vector<Path>> paths_;  // set at the first violation: compiling takes 6 ms
};

/// The paths in a jq expression that refer to its own input, such as `.json.items[0].id`, each
/// once. Paths after a pipe or in a function's arguments are left out, since they have another
/// input.
std::vector<std::string> paths_in(std::string_view expression);

}  // namespace mscomm
