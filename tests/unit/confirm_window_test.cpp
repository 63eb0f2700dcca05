#include "core/amqp/confirm_window.h"

#include <gtest/gtest.h>

namespace mscomm {
namespace {

ConfirmWindow::Entry entry(std::uint64_t number, std::string id = {}) {
  return {number, std::move(id), {"x", "k"}, 3, false, false};
}

ConfirmWindow filled(std::uint64_t count) {
  ConfirmWindow window;
  for (std::uint64_t i = 1; i <= count; ++i) {
    window.add(i, entry(i, std::to_string(i)));
  }
  return window;
}

Returned returned(std::string id, Route route = {"x", "k"}, std::uint64_t bytes = 3) {
  return {312, "NO_ROUTE", std::move(route), std::move(id), bytes};
}

TEST(ConfirmWindow, StartsEmpty) {
  ConfirmWindow window;
  EXPECT_TRUE(window.empty());
  EXPECT_EQ(window.resolve({1, true, true}).confirmed, 0U);
  EXPECT_EQ(window.mark_returned(returned("1")), nullptr);
  EXPECT_TRUE(window.take_unanswered().empty());
}

TEST(ConfirmWindow, MultipleConfirmsAllBefore) {
  auto window = filled(5);
  EXPECT_EQ(window.resolve({3, true, true}).confirmed, 3U);
  EXPECT_EQ(window.size(), 2U);
  EXPECT_EQ(window.resolve({5, true, true}).confirmed, 2U);
  EXPECT_TRUE(window.empty());
}

TEST(ConfirmWindow, ConfirmsOutOfOrderLeaveGapsThatMultipleFills) {
  auto window = filled(5);
  EXPECT_EQ(window.resolve({2, false, true}).confirmed, 1U);
  EXPECT_EQ(window.resolve({4, false, true}).confirmed, 1U);
  EXPECT_EQ(window.size(), 3U);
  EXPECT_EQ(window.resolve({5, true, true}).confirmed, 3U);
  EXPECT_TRUE(window.empty());
}

TEST(ConfirmWindow, WhatIsAnsweredTwiceCountsOnce) {
  auto window = filled(3);
  EXPECT_EQ(window.resolve({2, false, true}).confirmed, 1U);
  EXPECT_EQ(window.resolve({2, false, true}).confirmed, 0U);
  EXPECT_EQ(window.resolve({2, false, false}).refused.size(), 0U);
  EXPECT_EQ(window.resolve({1, false, true}).confirmed, 1U);
  EXPECT_EQ(window.resolve({1, true, true}).confirmed, 0U);
  EXPECT_EQ(window.size(), 1U);
}

TEST(ConfirmWindow, AnAnswerToWhatWasNeverSentChangesNothing) {
  auto window = filled(3);
  EXPECT_EQ(window.resolve({4, true, true}).confirmed, 0U);
  EXPECT_EQ(window.resolve({0, false, true}).confirmed, 0U);
  EXPECT_EQ(window.size(), 3U);
}

TEST(ConfirmWindow, AMultipleNackRefusesAllBefore) {
  auto window = filled(4);
  window.resolve({2, false, true});
  const auto resolved = window.resolve({3, true, false});
  ASSERT_EQ(resolved.refused.size(), 2U);
  EXPECT_EQ(resolved.refused[0].number, 1U);
  EXPECT_EQ(resolved.refused[1].number, 3U);
  EXPECT_EQ(window.size(), 1U);
}

TEST(ConfirmWindow, SequencesGoOnAfterTheWindowWasEmpty) {
  auto window = filled(2);
  window.resolve({2, true, true});
  window.add(3, entry(3));
  EXPECT_EQ(window.resolve({3, false, true}).confirmed, 1U);
  window.take_unanswered();
  window.add(4, entry(4));
  EXPECT_EQ(window.resolve({4, true, true}).confirmed, 1U);
}

TEST(ConfirmWindow, AReturnIsMatchedByIdRouteAndSize) {
  auto window = filled(3);
  EXPECT_EQ(window.mark_returned(returned("2", {"x", "other"})), nullptr);
  EXPECT_EQ(window.mark_returned(returned("2", {"y", "k"})), nullptr);
  EXPECT_EQ(window.mark_returned(returned("2", {"x", "k"}, 4)), nullptr);
  const auto* found = window.mark_returned(returned("2"));
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->number, 2U);
  const auto resolved = window.resolve({3, true, true});
  EXPECT_EQ(resolved.confirmed, 2U);
  EXPECT_EQ(resolved.returned, 1U);
}

TEST(ConfirmWindow, ReturnsWithEqualIdsAreMatchedOldestFirst) {
  ConfirmWindow window;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    window.add(i, entry(i));
  }
  Returned none = returned("");
  none.message_id.reset();
  EXPECT_EQ(window.mark_returned(none)->number, 1U);
  EXPECT_EQ(window.mark_returned(none)->number, 2U);
  EXPECT_EQ(window.resolve({2, true, true}).returned, 2U);
  EXPECT_EQ(window.mark_returned(none)->number, 3U);
  EXPECT_EQ(window.mark_returned(none), nullptr);
}

TEST(ConfirmWindow, WhatIsConfirmedIsNotMatchedByALaterReturn) {
  ConfirmWindow window;
  window.add(1, entry(1));
  window.add(2, entry(2));
  window.add(3, entry(3));
  window.resolve({2, false, true});
  EXPECT_EQ(window.mark_returned(returned(""))->number, 1U);
  EXPECT_EQ(window.mark_returned(returned(""))->number, 3U);
}

TEST(ConfirmWindow, WhatCameBackIsNotAlsoCountedAsRefused) {
  auto window = filled(2);
  window.mark_returned(returned("1"));
  const auto resolved = window.resolve({2, true, false});
  EXPECT_EQ(resolved.returned, 1U);
  ASSERT_EQ(resolved.refused.size(), 1U);
  EXPECT_EQ(resolved.refused[0].number, 2U);
}

TEST(ConfirmWindow, TakesTheUnansweredWithTheirReturnsOldestFirst) {
  auto window = filled(4);
  window.resolve({2, false, true});
  window.mark_returned(returned("3"));
  const auto left = window.take_unanswered();
  ASSERT_EQ(left.size(), 3U);
  EXPECT_EQ(left[0].number, 1U);
  EXPECT_EQ(left[1].number, 3U);
  EXPECT_TRUE(left[1].returned);
  EXPECT_EQ(left[2].number, 4U);
  EXPECT_TRUE(window.empty());
}

}  // namespace
}  // namespace mscomm
