#include "core/expression/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <type_traits>
#include <utility>

#include "core/expression/jq_library.h"
#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using test::error_of;
using testing::HasSubstr;
using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;
using namespace std::string_literals;

std::string results(const std::string& program, std::string_view json) {
  std::string out;
  Expression(program, "--jq").append_results(out, json);
  return out;
}

std::string error_for(const std::string& program, std::string_view json) {
  return error_of([&] { results(program, json); });
}

std::string error_of_compiling(const std::string& program) {
  return error_of([&] { const Expression expression(program, "--jq"); });
}

bool holds(const std::string& program, std::string_view json) {
  return Expression(program, "--filter").holds(json);
}

static_assert(std::is_nothrow_move_constructible_v<Expression>);
static_assert(std::is_nothrow_move_assignable_v<Expression>);
static_assert(!std::is_copy_constructible_v<Expression>);

TEST(Expression, PrintsStringsRawAndTheRestCompact) {
  EXPECT_EQ(results(".a, .b, .", R"({"a": "x\ty", "b": [1, {"c": null}]})"),
            "x\ty\n[1,{\"c\":null}]\n{\"a\":\"x\\ty\",\"b\":[1,{\"c\":null}]}\n");
  EXPECT_EQ(results("true, false, null, 1.5, \"\"", "0"), "true\nfalse\nnull\n1.5\n\n");
}

TEST(Expression, PrintsNothingWhereThereIsNoResult) {
  EXPECT_EQ(results("empty", "1"), "");
  EXPECT_EQ(results(".[] | select(. > 5)", "[1, 2]"), "");
}

TEST(Expression, AppendsToWhatIsThere) {
  std::string out = "before\n";
  Expression expression(".", "--jq");
  expression.append_results(out, "1");
  expression.append_results(out, "[2]");
  EXPECT_EQ(out, "before\n1\n[2]\n");
}

TEST(Expression, LeavesTheOutputAsItWasWhenItFails) {
  std::string out = "before\n";
  Expression expression(".[] | tostring | tonumber", "--jq");
  EXPECT_THAT(error_of([&] { expression.append_results(out, R"([1, 2, "x"])"); }),
              HasSubstr("Invalid numeric literal"));
  EXPECT_EQ(out, "before\n");
  expression.append_results(out, "[3]");
  EXPECT_EQ(out, "before\n3\n");
}

TEST(Expression, KeepsNulBytesAndEveryCharacterOfStrings) {
  EXPECT_EQ(results(".", R"("a\u0000b")"), "a\0b\n"s);
  EXPECT_EQ(results(".a", R"({"a":"\u0000"})"), "\0\n"s);
  EXPECT_EQ(results(".", "\"Gr\u00fc\u00dfe \U0001f600 \\ud83d\\ude00\""),
            "Gr\u00fc\u00dfe \U0001f600 \U0001f600\n");
  EXPECT_EQ(results("[.]", R"("a\u0000b")"), "[\"a\\u0000b\"]\n");
}

TEST(Expression, ReadsNoFurtherThanTheTextGoes) {
  const std::string text = "12345";
  EXPECT_EQ(results(".", std::string_view(text).substr(0, 2)), "12\n");
  EXPECT_THAT(error_for(".", std::string_view("[1]").substr(0, 2)), HasSubstr("not JSON"));
}

TEST(Expression, RunsForEachOfSeveralValuesAsJqDoes) {
  EXPECT_EQ(results(". * 2", "1 2\n3"), "2\n4\n6\n");
  EXPECT_THAT(error_for(".", "1 2 x"), HasSubstr("not JSON"));
}

TEST(Expression, RefusesTextThatIsNotJson) {
  EXPECT_EQ(error_for(".", "Hello World!"),
            "failed: --jq: this is not JSON: Invalid numeric literal at line 1, column 6");
  EXPECT_THAT(error_for(".", "{\"a\":1"), HasSubstr("failed: --jq: this is not JSON: Unfinished"));
  EXPECT_EQ(error_for(".", ""), "failed: --jq: this is not JSON: there is no value");
  EXPECT_EQ(error_for(".", " \n"), "failed: --jq: this is not JSON: there is no value");
  EXPECT_EQ(error_for(".", "\"\xff\""), "failed: --jq: this is not JSON: it is not UTF-8");
}

TEST(Expression, SaysInJqsWordsWhatWentWrong) {
  EXPECT_EQ(error_for(".[]", "1"), "failed: --jq: Cannot iterate over number (1)");
  EXPECT_EQ(error_for("error(\"no\")", "1"), "failed: --jq: no");
  EXPECT_EQ(error_for("error({a: 1})", "1"), "failed: --jq: {\"a\":1}");
  EXPECT_EQ(error_for("error(\"\")", "1"), "failed: --jq: ");
}

TEST(Expression, RefusesAProgramThatDoesNotCompile) {
  CaptureStderr();
  EXPECT_EQ(error_of_compiling(".a["),
            "usage: --jq: syntax error, unexpected $end (Unix shell quoting issues?) at "
            "<top-level>, line 1: .a[");
  EXPECT_EQ(error_of_compiling("nothing"),
            "usage: --jq: nothing/0 is not defined at <top-level>, line 1: nothing");
  EXPECT_THAT(error_of_compiling("one, two"),
              testing::AllOf(HasSubstr("one/0 is not defined"), HasSubstr("two/0 is not defined")));
  EXPECT_THAT(error_of_compiling("import \"no/such\" as a; ."),
              HasSubstr("usage: --jq: module not found: no/such"));
  EXPECT_EQ(error_of_compiling(".\0a"s), "usage: --jq: the expression is not UTF-8 text");
  EXPECT_EQ(error_of_compiling("\"\xff\""), "usage: --jq: the expression is not UTF-8 text");
  EXPECT_EQ(GetCapturedStderr(), "");
}

TEST(Expression, PrintsNoErrorsByItself) {
  CaptureStderr();
  error_for(".[]", "1");
  error_for("halt_error", "\"x\"");
  error_for("\"no/such\" | modulemeta", "1");
  EXPECT_EQ(GetCapturedStderr(), "");
}

TEST(Expression, DebugWritesToStandardErrorAsInJq) {
  Expression expression("debug | .a", "--jq");
  std::string out;
  CaptureStderr();
  expression.append_results(out, R"({"a":"\u009b"})");
  EXPECT_EQ(GetCapturedStderr(), "[\"DEBUG:\",{\"a\":\"\\u009b\"}]\n");
  EXPECT_EQ(out, "\u009b\n");
}

TEST(Expression, HaltEndsTheProgramForThisText) {
  Expression expression("., (if . == 2 then halt else empty end), \"after\"", "--jq");
  std::string out;
  for (const auto* json : {"1", "2", "3"}) {
    expression.append_results(out, json);
  }
  EXPECT_EQ(out, "1\nafter\n2\n3\nafter\n");
}

TEST(Expression, HaltErrorIsAnError) {
  Expression expression("if . == 0 then . else halt_error end", "--jq");
  std::string out;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(error_of([&] { expression.append_results(out, "\"stopped here\\n\""); }),
              "failed: --jq: halt_error: stopped here");
  }
  EXPECT_EQ(error_of([&] { expression.append_results(out, "{\"a\":1}"); }),
            "failed: --jq: halt_error: {\"a\":1}");
  expression.append_results(out, "0");
  EXPECT_EQ(out, "0\n");
}

TEST(Expression, ThereIsNoMoreInput) {
  EXPECT_EQ(results("[inputs]", "1 2"), "[]\n[]\n");
  EXPECT_THAT(error_for("input", "1"), HasSubstr("failed: --jq: "));
  EXPECT_EQ(results("input_filename", "1"), "null\n");
}

TEST(Expression, SeesTheEnvironment) {
  ASSERT_EQ(setenv("MSCOMM_TEST_EXPRESSION", "seen", 1), 0);
  EXPECT_EQ(results("$ENV.MSCOMM_TEST_EXPRESSION, env.MSCOMM_TEST_EXPRESSION", "1"),
            "seen\nseen\n");
  ASSERT_EQ(unsetenv("MSCOMM_TEST_EXPRESSION"), 0);
}

TEST(Expression, HoldsWhenTheLastResultIsNeitherFalseNorNull) {
  EXPECT_TRUE(holds(".a > 1", R"({"a":2})"));
  EXPECT_FALSE(holds(".a > 1", R"({"a":1})"));
  EXPECT_FALSE(holds(".b", R"({"a":1})"));
  EXPECT_TRUE(holds("0, \"\", []", "1"));
  EXPECT_FALSE(holds("empty", "1"));
  EXPECT_TRUE(holds("false, true", "1"));
  EXPECT_FALSE(holds("true, false", "1"));
  EXPECT_FALSE(holds("halt", "1"));
  EXPECT_EQ(error_of([] { static_cast<void>(holds(".[]", "1")); }),
            "failed: --filter: Cannot iterate over number (1)");
  EXPECT_THAT(error_of([] { static_cast<void>(holds(".", "x")); }), HasSubstr("not JSON"));
}

TEST(Expression, StopsAtADepthInsteadOfRunningOutOfStack) {
  constexpr std::size_t kDeep = 1'000'000;
  EXPECT_THAT(error_for(".", std::string(kDeep, '[')), HasSubstr("depth"));
}

TEST(Expression, ReadsNoMoreThanJson) {
  for (const auto* json : {"nan", "01", "1.", "+1", "\"a\nb\"", "[1] nan"}) {
    EXPECT_THAT(error_for(".", json), HasSubstr("failed: --jq: this is not JSON")) << json;
  }
}

TEST(Expression, HasALargeMemberApart) {
  Expression expression(".a, .big", "--jq");
  ExpressionInput input(R"({"a":1})");
  input.kind = ExpressionInput::Kind::json;
  input.member = "big";
  input.value = " [1e309] ";
  EXPECT_THAT(expression.results(input), testing::ElementsAre("1", "[1.7976931348623157e+308]"));
  input.kind = ExpressionInput::Kind::string;
  input.value = "x\ny";
  EXPECT_THAT(expression.results(input), testing::ElementsAre("1", "x\ny"));
}

TEST(Expression, ReadsAMemberAsDeeplyAsAnInput) {
  Expression expression("if type == \"object\" then has(\"big\") else true end", "--jq");
  ExpressionInput input("{}");
  input.kind = ExpressionInput::Kind::json;
  input.member = "big";
  for (const std::size_t depth : {std::size_t{256}, std::size_t{257}, std::size_t{100'000}}) {
    const auto json = std::string(depth, '[') + std::string(depth, ']');
    input.value = json;
    if (depth == 256) {
      EXPECT_THAT(expression.results(json), testing::ElementsAre("true"));
      EXPECT_THAT(expression.results(input), testing::ElementsAre("true"));
      continue;
    }
    EXPECT_THAT(error_of([&] { expression.results(json); }), HasSubstr("depth"));
    input.is_left_out_if_deep = false;
    EXPECT_EQ(error_of([&] { expression.results(input); }),
              "failed: --jq: jq reads no .big that nests so deeply");
    input.is_left_out_if_deep = true;
    EXPECT_THAT(expression.results(input), testing::ElementsAre("false"));
  }
}

TEST(Expression, RefusesWhatTakesTooMuchMemory) {
  constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
  Expression expression("length", "--jq", {kMiB, Exit::unreachable});
  std::string json = "[[]";
  for (int i = 0; i < 2000; ++i) {
    json += ",[]";
  }
  EXPECT_THAT(expression.results(json + "]"), testing::ElementsAre("2001"));
  EXPECT_THAT(error_of([&] { expression.results(json + "," + json + "]]"); }),
              testing::AllOf(HasSubstr("unreachable: --jq: jq would take up to 2 MiB"),
                             HasSubstr("--max-size")));
}

TEST(Expression, CanBeMoved) {
  Expression first(".a", "--jq");
  Expression second(std::move(first));
  first = Expression(".b", "--jq");
  std::string out;
  second.append_results(out, R"({"a":1,"b":2})");
  first.append_results(out, R"({"a":1,"b":2})");
  EXPECT_EQ(out, "1\n2\n");
}

TEST(JqLibrary, SaysWhichPackageIsMissing) {
  EXPECT_THAT(error_of([] { const JqLibrary library("libjq-that-is-not-there.so.1"); }),
              testing::AllOf(HasSubstr("usage: cannot load libjq, which evaluates expressions: "),
                             HasSubstr("| install libjq: apt-get install libjq1")));
}

TEST(JqLibrary, SaysWhichFunctionIsMissing) {
  EXPECT_THAT(error_of([] { const JqLibrary library("libc.so.6"); }),
              HasSubstr("usage: libjq has no function jq_init"));
}

}  // namespace
}  // namespace mscomm
