#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/runtime/error.h"

namespace mscomm {

/// What an expression is given: JSON texts, or an object and a large member of it that is apart.
struct ExpressionInput {
  ExpressionInput(std::string_view json) : text(json) {}    // NOLINT(google-explicit-constructor)
  ExpressionInput(const std::string& json) : text(json) {}  // NOLINT(google-explicit-constructor)
  ExpressionInput(const char* json) : text(json) {}         // NOLINT(google-explicit-constructor)

  enum class Kind { none, json, string };

  std::string_view text;             ///< with a member: one object
  Kind kind = Kind::none;            ///< of the member
  std::string_view member = {};      ///< its name
  std::string_view value = {};       ///< JSON, or the string in UTF-8
  bool is_left_out_if_deep = false;  ///< JSON that nests deeper than jq reads is no member then
};

/// How much libjq may take for one input, and the error where it would take more. It takes a
/// hundred bytes and more for a byte of `[[],[],…]`.
struct ExpressionLimit {
  std::uint64_t memory = std::numeric_limits<std::uint64_t>::max();  ///< bytes, the text included
  Exit reason = Exit::failed;
};

/// Thrown for an input beyond ExpressionLimit.
class TooLargeForJq : public Error {
  using Error::Error;
};

/// A jq program, compiled once by libjq and run on one text after the other.
///
/// A text holds one JSON value or several, as for `jq`; the program runs for each. Unlike jq it
/// refuses text without a value, which jq skips, text that is not UTF-8, which jq mends, and what
/// jq reads besides RFC 8259: `nan`, 01, line ends in strings. So a text is JSON here exactly where
/// is_json() says so; only nesting, beyond 256 levels (each key is one more), is jq's own limit.
///
/// Up to jq 1.6 numbers are IEEE doubles: integers beyond 2^53 lose digits, 1.0 becomes 1, and
/// 1e309 the largest double. `input` fails and `inputs` is empty, `$ENV` and `env` are this
/// process's environment, `debug` and `stderr` write to stderr as they do in jq, `import` and
/// `include` look in the current folder and in ~/.jq. `halt` ends the program for this text,
/// `halt_error` is a runtime error. A program that does not end ends with the process only: have a
/// Watchdog for that.
class Expression {
 public:
  /// `what` names the option in messages. Throws Error{usage} with jq's own message when the
  /// program does not compile, and when libjq is not installed.
  Expression(const std::string& program, const std::string& what, ExpressionLimit limit = {});
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;
  Expression(Expression&& other) noexcept;
  Expression& operator=(Expression&& other) noexcept;
  ~Expression();

  /// Appends the output of `jq -rc PROGRAM` for this text: each result on a line, strings raw, the
  /// rest compact. Throws Error{failed} with jq's message for a runtime error, and for text that is
  /// not JSON, and TooLargeForJq; `out` is then unchanged.
  void append_results(std::string& out, const ExpressionInput& input);

  /// The same results one by one, without the line ends.
  std::vector<std::string> results(const ExpressionInput& input);

  /// Whether `jq -e PROGRAM` would exit 0: the last result is neither false nor null, and there is
  /// one. Throws as append_results().
  [[nodiscard]] bool holds(const ExpressionInput& input);

 private:
  class Program;
  std::unique_ptr<Program> program_;
};

}  // namespace mscomm
