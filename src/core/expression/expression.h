#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mscomm {

/// A jq program, compiled once by libjq and run on one text after the other.
///
/// A text holds one JSON value or several, as for `jq`; the program runs for each. Unlike jq it
/// refuses text without a value, which jq skips, and text that is not UTF-8, which jq mends.
///
/// Up to jq 1.6 numbers are IEEE doubles: integers beyond 2^53 lose digits and 1.0 becomes 1.
/// `input` fails and `inputs` is empty, `$ENV` and `env` are this process's environment,
/// `debug` and `stderr` write to stderr as they do in jq, `import` and `include` look in the
/// current folder and in ~/.jq. `halt` ends the program for this text, `halt_error` is a runtime
/// error. A program that does not end ends with the process only; `get` has a Watchdog for that.
class Expression {
 public:
  /// `what` names the option in messages. Throws Error{usage} with jq's own message when the
  /// program does not compile, and when libjq is not installed.
  Expression(const std::string& program, const std::string& what);
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;
  Expression(Expression&& other) noexcept;
  Expression& operator=(Expression&& other) noexcept;
  ~Expression();

  /// Appends the output of `jq -rc PROGRAM` for this text: each result on a line, strings raw, the
  /// rest compact. Throws Error{failed} with jq's message for a runtime error, and for text that is
  /// not JSON; `out` is then unchanged.
  void append_results(std::string& out, std::string_view json);

  /// The same results one by one, without the line ends.
  std::vector<std::string> results(std::string_view json);

  /// Whether `jq -e PROGRAM` would exit 0: the last result is neither false nor null, and there is
  /// one. Throws as append_results().
  [[nodiscard]] bool holds(std::string_view json);

  /// Whether a program is running in any thread of the process.
  static bool is_any_running();

 private:
  class Program;
  std::unique_ptr<Program> program_;
};

}  // namespace mscomm
