#include "core/expression/assertion.h"

#include <gmock/gmock.h>

#include "core/event/trace_context.h"

namespace mscomm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;

TEST(PathsIn, AreWhatAnExpressionTakesFromItsInput) {
  EXPECT_THAT(paths_in(".status == 200 and .total_ms < 300.5"),
              ElementsAre(".status", ".total_ms"));
  EXPECT_THAT(paths_in(R"(.json.items[0].id == 1 or .headers["x-y"] == ".no")"),
              ElementsAre(".json.items[0].id", R"(.headers["x-y"])"));
  EXPECT_THAT(paths_in(R"(."odd name".b == 1)"), ElementsAre(R"(."odd name".b)"));
  EXPECT_THAT(paths_in("(.a + .b) * .a"), ElementsAre(".a", ".b"));
  EXPECT_THAT(paths_in(".a[].b == 1 and .c[1:3] == .d[-1]"),
              ElementsAre(".a[].b", ".c[1:3]", ".d[-1]"));
}

TEST(PathsIn, AreNotThoseOfAnotherInput) {
  EXPECT_THAT(paths_in(".items | length > 3 and .x"), ElementsAre(".items"));
  EXPECT_THAT(paths_in("any(.items[]; .price > 0) and .ok"), ElementsAre(".ok"));
  EXPECT_THAT(paths_in("now - 1.5 > .5"), IsEmpty());
  EXPECT_THAT(paths_in(". == 1 or .. == 2 or $x.y"), IsEmpty());
  EXPECT_THAT(paths_in(R"("a.b.c" == ".d" + "\".e")"), IsEmpty());
}

TEST(PathsIn, OfWhatIsNoExpressionAreNone) {
  EXPECT_THAT(paths_in(R"(.a["unclosed)"), ElementsAre(".a"));
  EXPECT_THAT(paths_in(R"(.")"), testing::SizeIs(testing::Le(1)));
  EXPECT_THAT(paths_in(")))"), IsEmpty());
  EXPECT_THAT(paths_in(""), IsEmpty());
}

TEST(Assertion, SaysWhatTheValuesAre) {
  Assertion assertion(".a == .b.c");
  EXPECT_EQ(assertion.violation(R"({"a":1,"b":{"c":1}})"), std::nullopt);
  EXPECT_EQ(assertion.violation(R"({"a":"x\n","b":{"c":[1,2]}})"),
            R"(--assert '.a == .b.c': .a is "x\n", .b.c is [1,2])");
  EXPECT_EQ(assertion.violation(R"({"a":5,"b":"text"})").value_or("").find(".b.c is not there") !=
                std::string::npos,
            true);
}

TEST(TraceContext, ContinuesAValidTrace) {
  const TraceContext trace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
  EXPECT_TRUE(trace.is_continued());
  EXPECT_EQ(trace.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_THAT(trace.new_span(),
              MatchesRegex("00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-00"));
  EXPECT_NE(trace.new_span(), trace.new_span());
  EXPECT_TRUE(
      TraceContext("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what").is_continued());
}

TEST(TraceContext, BeginsOneWhereThereIsNone) {
  for (const std::string text :
       {"", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01what",
        "00 4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-zz"}) {
    const TraceContext trace(text);
    EXPECT_FALSE(trace.is_continued()) << text;
    EXPECT_THAT(trace.new_span(), MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-01"));
  }
  EXPECT_NE(TraceContext(std::nullopt).trace_id(), TraceContext(std::nullopt).trace_id());
}

}  // namespace
}  // namespace mscomm
