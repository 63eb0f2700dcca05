#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schema/pattern.h"
#include "core/schema/pcre2_library.h"
#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using test::error_of;
using testing::HasSubstr;

bool is_found(const char* pattern, std::string_view subject) {
  return Pattern(pattern).is_found_in(subject);
}

TEST(Pattern, HasTheMeaningOfEcma262WherePcre2HasAnother) {
  EXPECT_FALSE(is_found("^a$", "a\n"));
  EXPECT_FALSE(is_found("^\\d$", "\u0967"));
  EXPECT_TRUE(is_found("^\\s$", "\u00a0"));
  EXPECT_FALSE(is_found("^\\S$", "\ufeff"));
  EXPECT_TRUE(is_found("^[\\s\\S]+$", "a \u00a0"));
  EXPECT_TRUE(is_found("^\\v$", "\x0b"));
  EXPECT_FALSE(is_found("^\\v$", "\n"));
  EXPECT_TRUE(is_found("^\\cJ$", "\n"));
  EXPECT_TRUE(is_found("^\\0$", std::string_view("\0", 1)));
  EXPECT_FALSE(is_found("^.$", "\r"));
  EXPECT_TRUE(is_found("^[[:alpha:]$", ":"));
  EXPECT_TRUE(is_found("^[^]$", "x"));
  EXPECT_FALSE(is_found("[]", "x"));
  EXPECT_TRUE(is_found("^(?:(a)|b)\\1$", "b"));
}

TEST(Pattern, KnowsUnicodeEscapesAndProperties) {
  EXPECT_TRUE(is_found("^\\u00fc$", "\u00fc"));
  EXPECT_TRUE(is_found("^\\ud83d\\ude00$", "\U0001f600"));
  EXPECT_TRUE(is_found("^\\u{1f600}$", "\U0001f600"));
  EXPECT_FALSE(is_found("\\ud83d", "\U0001f600"));
  EXPECT_TRUE(is_found("^\\p{Letter}\\p{gc=Decimal_Number}$", "\u00fc\u0967"));
  EXPECT_TRUE(is_found("^\\p{Script=Greek}\\P{Lu}$", "\u03b1a"));
  EXPECT_TRUE(is_found("^[\\p{Uppercase_Letter}_]$", "\u00dc"));
}

TEST(Pattern, RefusesWhatEcma262DoesNotHave) {
  for (const auto* pattern : {"\\Z", "\\a", "(?i)a", "(?#x)", "(*UTF)a", "(?P<n>a)", "\\p", "\\p{x",
                              "\\u12", "a\\", "(", "[", "*", "\\p{Nothing}", "\\C"}) {
    EXPECT_THAT(error_of([&] { const Pattern refused(pattern); }),
                HasSubstr("is not a regular expression: "))
        << pattern;
  }
  EXPECT_EQ(
      error_of([] { const Pattern refused("ab\\Z"); }),
      "usage: 'ab\\Z' is not a regular expression: this is no escape of ECMA-262 (at its byte 2)");
}

TEST(Pattern, GivesUpOnAHostileOne) {
  EXPECT_THAT(error_of([] { is_found("^(a+)+$", std::string(100, 'a') + "b"); }),
              HasSubstr("failed: the pattern '^(a+)+$' on a text of 101 bytes: match limit"));
  EXPECT_THAT(error_of([] { is_found("^(?:(a|b)c?)*$", std::string(5'000'000, 'a') + "x"); }),
              HasSubstr("failed: the pattern"));
}

TEST(Pattern, IsNotFoundInWhatIsNotUtf8) { EXPECT_FALSE(is_found("", "\xff")); }

TEST(Pcre2Library, SaysWhichPackageIsMissing) {
  EXPECT_THAT(error_of([] { const Pcre2Library library("libpcre2-that-is-not-there.so.0"); }),
              HasSubstr("usage: cannot load libpcre2, which matches the patterns of schemas: "));
}

}  // namespace
}  // namespace mscomm
