#include "core/publish/confirm_window.h"

#include <gtest/gtest.h>

namespace mscomm {
namespace {

// A window whose answers are collected.
struct Window : ConfirmWindow {
  struct Resolved {
    std::uint64_t confirmed = 0;
    std::uint64_t returned = 0;
    std::vector<std::uint64_t> refused;
  };

  void add(std::uint64_t number, const std::string& id = {}) {
    auto& entry = ConfirmWindow::add();
    entry.number = number;
    entry.route = {"x", "k"};
    entry.properties = {};
    entry.properties.message_id = id;
    entry.body = "abc";
    measure(entry);
    EXPECT_EQ(unsent(), &entry);
    mark_sent();
  }
  static OnAnswer into(Resolved& result) {
    return [&result](const Entry& entry, Answer answer) {
      result.confirmed += answer == Answer::confirmed ? 1 : 0;
      result.returned += answer == Answer::returned ? 1 : 0;
      if (answer == Answer::refused) {
        result.refused.push_back(entry.number);
      }
    };
  }
  Resolved resolve(const Confirm& confirm) {
    Resolved result;
    ConfirmWindow::resolve(confirm, into(result));
    return result;
  }
  std::vector<std::pair<std::uint64_t, bool>> take_unanswered() {
    std::vector<std::pair<std::uint64_t, bool>> taken;
    abandon([&](const Entry& entry) { taken.emplace_back(entry.number, entry.returned); });
    return taken;
  }
};

Window filled(std::uint64_t count) {
  Window window;
  for (std::uint64_t i = 1; i <= count; ++i) {
    window.add(i, std::to_string(i));
  }
  return window;
}

Returned returned(std::string id, Route route = {"x", "k"}, std::uint64_t bytes = 3) {
  return {312, "NO_ROUTE", std::move(route), std::move(id), bytes};
}

TEST(ConfirmWindow, StartsEmpty) {
  Window window;
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
  EXPECT_EQ(resolved.refused[0], 1U);
  EXPECT_EQ(resolved.refused[1], 3U);
  EXPECT_EQ(window.size(), 1U);
}

TEST(ConfirmWindow, SequencesGoOnAfterTheWindowWasEmpty) {
  auto window = filled(2);
  window.resolve({2, true, true});
  window.add(3);
  EXPECT_EQ(window.resolve({3, false, true}).confirmed, 1U);
  window.take_unanswered();
  window.add(4);
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
  Window window;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    window.add(i);
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
  Window window;
  window.add(1);
  window.add(2);
  window.add(3);
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
  EXPECT_EQ(resolved.refused[0], 2U);
}

TEST(ConfirmWindow, TakesTheUnansweredWithTheirReturnsOldestFirst) {
  auto window = filled(4);
  window.resolve({2, false, true});
  window.mark_returned(returned("3"));
  const auto left = window.take_unanswered();
  EXPECT_EQ(left, (std::vector<std::pair<std::uint64_t, bool>>{{1, false}, {3, true}, {4, false}}));
  EXPECT_TRUE(window.empty());
  EXPECT_EQ(window.bytes(), 0U);
}

TEST(ConfirmWindow, OnANewChannelTheUnansweredAreSentAgainInOrder) {
  auto window = filled(40);
  window.resolve({17, true, true});
  window.resolve({19, false, true});
  window.mark_returned(returned("20"));
  Window::Resolved settled;
  window.restart(Window::into(settled));
  EXPECT_EQ(settled.returned, 1U);
  EXPECT_EQ(window.size(), 21U);
  EXPECT_EQ(window.bytes(), 3U * 21);
  std::vector<std::uint64_t> again;
  while (auto* entry = window.unsent()) {
    again.push_back(entry->number);
    EXPECT_EQ(entry->properties.message_id, std::to_string(entry->number));
    EXPECT_EQ(entry->body, "abc");
    window.mark_sent();
    EXPECT_EQ(entry->times_sent, 2U);
  }
  ASSERT_EQ(again.size(), 21U);
  EXPECT_EQ(again[0], 18U);
  EXPECT_EQ(again[1], 21U);
  EXPECT_EQ(again[20], 40U);
  EXPECT_EQ(window.resolve({21, true, true}).confirmed, 21U);
  EXPECT_TRUE(window.empty());
  window.add(41);
  EXPECT_EQ(window.resolve({22, false, true}).confirmed, 1U);
}

TEST(ConfirmWindow, WhatIsNotSentCannotBeConfirmed) {
  auto window = filled(2);
  window.restart([](const auto&, auto) {});
  EXPECT_EQ(window.resolve({2, true, true}).confirmed, 0U);
  window.mark_sent();
  EXPECT_EQ(window.resolve({2, true, true}).confirmed, 0U);
  EXPECT_EQ(window.resolve({1, true, true}).confirmed, 1U);
}

TEST(ConfirmWindow, WithoutAnIdTheMessageThatCameBackIsTheOneWithItsBodyAndProperties) {
  ConfirmWindow window;
  const auto add = [&](std::uint64_t number, const std::string& body, std::uint8_t priority) {
    auto& entry = window.add();
    entry.number = number;
    entry.route = {"x", "k"};
    entry.properties = {};
    entry.properties.priority = priority;
    entry.body = body;
    window.measure(entry);
    window.mark_sent();
  };
  add(1, "one", 1);
  add(2, "two", 1);
  add(3, "two", 2);
  Returned second{312, "NO_ROUTE", {"x", "k"}, std::nullopt, 3, {}};
  second.properties.priority = 1;
  second.body.add("two");
  auto third = second;
  third.properties.priority = 2;
  EXPECT_EQ(window.mark_returned(third)->number, 3U);
  EXPECT_EQ(window.mark_returned(second)->number, 2U);
  EXPECT_EQ(window.mark_returned(second)->number, 1U);  // as the last one that is like it
  EXPECT_EQ(window.mark_returned(second), nullptr);
}

TEST(ConfirmWindow, AMessageThatIsNeverSentLeavesNothing) {
  auto window = filled(1);
  auto& entry = static_cast<ConfirmWindow&>(window).add();
  entry.body = "nothing comes of it";
  window.measure(entry);
  auto& next = static_cast<ConfirmWindow&>(window).add();
  next.body = "next";
  window.measure(next);
  window.drop_unsent();
  ASSERT_NE(window.unsent(), nullptr);
  EXPECT_EQ(window.unsent()->body, "next");
  window.drop_unsent();
  EXPECT_EQ(window.unsent(), nullptr);
  EXPECT_EQ(window.size(), 1U);
  EXPECT_EQ(window.bytes(), 3U);
  window.add(2);
  EXPECT_EQ(window.resolve({2, true, true}).confirmed, 2U);
}

TEST(ConfirmWindow, DropsWhatWasNeverSentAndKeepsWhatIsToBeSentAgain) {
  auto window = filled(3);
  ConfirmWindow& all = window;
  all.add().number = 4;
  Window::Resolved none;
  all.resolve({2, false, false}, Window::into(none), true);  // 2 is to be sent again
  all.add().number = 5;
  EXPECT_EQ(window.size(), 5U);
  window.drop_never_sent();
  EXPECT_EQ(window.size(), 3U);
  ASSERT_NE(window.unsent(), nullptr);
  EXPECT_EQ(window.unsent()->number, 2U);
  window.mark_sent();
  EXPECT_EQ(window.unsent(), nullptr);
}

TEST(ConfirmWindow, ARefusalThatIsNotTheLastWordLeavesTheMessageUnsentAtTheEnd) {
  auto window = filled(3);
  Window::Resolved result;
  const auto resolve = [&](const Confirm& confirm) {
    static_cast<ConfirmWindow&>(window).resolve(confirm, Window::into(result), true);
  };
  window.mark_returned(returned("2"));
  resolve({2, true, false});
  EXPECT_TRUE(result.refused.empty());
  EXPECT_EQ(result.returned, 1U);
  EXPECT_EQ(window.size(), 2U);
  EXPECT_EQ(window.bytes(), 6U);
  auto* again = window.unsent();
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->number, 1U);
  EXPECT_EQ(again->body, "abc");
  window.mark_sent();
  resolve({4, true, true});
  EXPECT_EQ(result.confirmed, 2U);
  EXPECT_TRUE(window.empty());
  EXPECT_EQ(window.bytes(), 0U);
}

}  // namespace
}  // namespace mscomm
