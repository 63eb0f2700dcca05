#include "core/output/wrap.h"

#include <gtest/gtest.h>

namespace mscomm {
namespace {

TEST(Wrap, LeavesAShortTextAlone) { EXPECT_EQ(wrap("one two", 80), "one two"); }

TEST(Wrap, BreaksBeforeTheWordThatWouldNotFit) {
  EXPECT_EQ(wrap("one two three", 8), "one two\nthree");
}

TEST(Wrap, FillsTheLineToItsLastColumn) { EXPECT_EQ(wrap("one two", 7), "one two"); }

TEST(Wrap, IndentsEveryLineButTheFirst) {
  EXPECT_EQ(wrap("one two three", 10, 3), "one two\n   three");
}

TEST(Wrap, GivesALongWordALineOfItsOwn) {
  EXPECT_EQ(wrap("a /very/long/path b", 6), "a\n/very/long/path\nb");
}

TEST(Wrap, KeepsTheLineBreaksOfTheText) { EXPECT_EQ(wrap("one\ntwo", 80, 2), "one\n  two"); }

TEST(Wrap, CountsCharactersNotBytes) { EXPECT_EQ(wrap("äöü äöü", 7), "äöü äöü"); }

TEST(Wrap, DoesNotBreakAtANoBreakSpace) {
  EXPECT_EQ(wrap("one two\u00a0three", 9), "one\ntwo three");
}

TEST(Wrap, MakesNothingOfNothing) { EXPECT_EQ(wrap("", 80, 4), ""); }

}  // namespace
}  // namespace mscomm
