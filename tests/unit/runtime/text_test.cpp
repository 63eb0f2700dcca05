#include "core/runtime/text.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <random>
#include <utility>

#include "core/output/json_text.h"
#include "core/runtime/ascii.h"
#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using namespace std::string_literals;
using test::error_of;
using ::testing::HasSubstr;

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(Utf8, AcceptsTheFirstAndLastOfEachLength) {
  for (const std::string_view text :
       {"", "a", "\x7f", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << visible(text);
  }
  EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndPieces) {
  for (const std::string_view text :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x9F\xBF", "\xE2\x82",
        "\xE2\x82\x41", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF0\x9F\x98",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF"}) {
    EXPECT_FALSE(is_utf8(text)) << visible(text);
  }
}

TEST(Utf8, FindsABadByteAtEveryPosition) {
  for (std::size_t length = 1; length < 40; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      std::string text(length, 'a');
      text[at] = '\xff';
      EXPECT_FALSE(is_utf8(text)) << at << " of " << length;
    }
  }
}

TEST(JsonString, EscapesWhatJsonAndATerminalNeed) {
  EXPECT_EQ(json_string(""), R"("")");
  EXPECT_EQ(json_string("\"\\/\b\f\n\r\t"), R"("\"\\/\b\f\n\r\t")");
  EXPECT_EQ(json_string(std::string_view("\0\x1b\x7f", 3)), R"("\u0000\u001b\u007f")");
  EXPECT_EQ(json_string("\xC2\x80\xC2\x9F\xC2\xA0"), "\"\\u0080\\u009f\xC2\xA0\"");
  EXPECT_EQ(json_string("é€😀"), "\"é€😀\"");
}

TEST(JsonString, EscapesAtEveryPosition) {
  const std::array<std::pair<std::string, std::string>, 8> escapes{{{"\"", "\\\""},
                                                                    {"\\", "\\\\"},
                                                                    {"\n", "\\n"},
                                                                    {"\x1f", "\\u001f"},
                                                                    {"\x7f", "\\u007f"},
                                                                    {"\xc2\x85", "\\u0085"},
                                                                    {"\xc2\xa0", "\xc2\xa0"},
                                                                    {" ~\xc3\xa9", " ~\xc3\xa9"}}};
  for (const auto& [text, escaped] : escapes) {
    for (std::size_t before = 0; before < 18; ++before) {
      for (std::size_t after = 0; after < 18; ++after) {
        const std::string left(before, 'a');
        const std::string right(after, '!');
        EXPECT_EQ(json_string(fmt::format("{0}{1}{1}{2}", left, text, right)),
                  fmt::format("\"{0}{1}{1}{2}\"", left, escaped, right));
      }
    }
  }
}

TEST(Base64, MatchesTheTestVectorsOfTheRfc) {
  const std::pair<std::string, std::string> vectors[]{{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(base64_decode(text), bytes);
  }
}

TEST(Base64, KeepsRandomBytes) {
  std::mt19937 random(20261123);
  for (int i = 0; i < 1000; ++i) {
    std::string bytes(random() % 100, '\0');
    for (auto& byte : bytes) {
      byte = static_cast<char>(random());
    }
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
  }
}

TEST(Base64, AppendsBehindWhatIsThere) {
  std::string out = "x";
  append_base64(out, "foo");
  EXPECT_EQ(out, "xZm9v");
}

TEST(Base64, RefusesWhatIsNotBase64) {
  for (const std::string_view text :
       {"Z", "Zg", "Zg=", "Zg==Zg==", "====", "A===", "Zm9v\n", " Zm9v", "Zm 9", "Zm9-", "Zm9_",
        "Zm9v=", "=m9v", "Zm\x80v", "Z=9v"}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
}

TEST(Visible, ShowsWhatCouldDriveATerminal) {
  EXPECT_EQ(visible("plain é\n\t"), "plain é\n\t");
  EXPECT_EQ(visible("\x1b[31m\r\x7f"), "\\x1b[31m\\x0d\\x7f");
  EXPECT_EQ(visible(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(visible("\xC2\x9B"), "\\u009b");
  EXPECT_EQ(visible("\xff\xC3"), "\\xff\\xc3");
}

// NEL, the separators of lines and paragraphs, and bidirectional controls with their neighbours.
TEST(Visible, ShowsWhatEndsALineOrTurnsTextRound) {
  EXPECT_EQ(visible("a\u0085b\u2028c\u2029d"), "a\\u0085b\\u2028c\\u2029d");
  EXPECT_EQ(visible("\u202a\u202e\u2066\u2069"), "\\u202a\\u202e\\u2066\\u2069");
  EXPECT_EQ(visible("\u2027\u202f\u2065\u206a\u00a0"), "\u2027\u202f\u2065\u206a\u00a0");
  std::string json;
  append_json_string(json, "\u2028 \u202e – \u0085 é\u00a0");
  EXPECT_EQ(json, "\"\\u2028 \\u202e – \\u0085 é\u00a0\"");
}

TEST(InOneLine, NothingEndsTheLine) {
  EXPECT_EQ(in_one_line("a\nb\r\n\tc\v\f\x1c\u2028"), "a\\nb\\x0d\\n\\tc\\x0b\\x0c\\x1c\\u2028");
  EXPECT_EQ(in_one_line(in_one_line("a\nb")), "a\\nb");
  EXPECT_EQ(in_one_line(""), "");
}

TEST(QuotedLines, AreEachMarked) {
  const auto quoted = [](std::string_view text) {
    std::string out = ">";
    append_quoted_lines(out, text, kQuoted);
    return out;
  };
  EXPECT_EQ(quoted("a\r\n\n\tb\u2028c"), ">  | a\n  | \n  | \tb\\u2028c\n");
  EXPECT_EQ(quoted("a\n"), ">  | a\n");
  EXPECT_EQ(quoted(""), ">");
}

TEST(Unescape, ReplacesTheKnownEscapes) {
  EXPECT_EQ(unescape(R"(a\n\r\t\0\\\x41\xfFb)", "x"), "a\n\r\t\0\\A\xFF\x62"s);
  EXPECT_EQ(unescape("", "x"), "");
}

TEST(Unescape, RefusesOthers) {
  for (const std::string_view text : {"\\q", "\\", "a\\", "\\x", "\\x1", "\\xg1", "\\x1g", "\\ "}) {
    EXPECT_THAT(error_of([&] { unescape(text, "--delimiter"); }),
                HasSubstr("usage: --delimiter: unknown escape in '"))
        << text;
  }
}

TEST(Ascii, IgnoresTheCaseOfItsLettersAlone) {
  EXPECT_EQ(lower_case("AZ@[\xC4-az"), "az@[\xC4-az");
  EXPECT_TRUE(same_ascii("Content-Type", "cONTENT-tYPE"));
  EXPECT_FALSE(same_ascii("@", "`"));
  EXPECT_FALSE(same_ascii("a", "ab"));
}

TEST(MediaType, IsJsonByItsNameOrItsSuffix) {
  EXPECT_EQ(media_type_of(" Text/HTML ; charset=utf-8"), "text/html");
  for (const auto* const type : {"application/json", "TEXT/Json;a=b", "application/problem+json"}) {
    EXPECT_TRUE(is_json_type(type)) << type;
  }
  for (const auto* const type : {"", "application/jsonp", "text/plain; a=+json"}) {
    EXPECT_FALSE(is_json_type(type)) << type;
  }
}

TEST(Trim, TakesSpacesAndTabsOffBothEnds) {
  EXPECT_EQ(trim(" \ta b\t "), "a b");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\n"), "\n");
}

}  // namespace
}  // namespace mscomm
