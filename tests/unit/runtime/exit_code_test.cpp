#include "core/runtime/exit_code.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace mscomm {
namespace {

// Most serious first, as the manual has it.
const std::vector<Exit> order{Exit::internal, Exit::io,          Exit::usage,   Exit::in_doubt,
                              Exit::denied,   Exit::unreachable, Exit::timeout, Exit::circuit_open,
                              Exit::violated, Exit::failed,      Exit::partial, Exit::missed,
                              Exit::empty,    Exit::ok};

Tally tally(std::initializer_list<Exit> outcomes) {
  Tally items;
  for (const auto outcome : outcomes) {
    items.add(outcome);
  }
  return items;
}

TEST(ExitCode, HasTheFrozenNumbersAndNames) {
  const std::vector<std::pair<int, std::string_view>> frozen{
      {0, "ok"},      {1, "failed"},   {2, "usage"},         {3, "unreachable"},
      {4, "denied"},  {5, "timeout"},  {6, "partial"},       {7, "in_doubt"},
      {8, "empty"},   {9, "violated"}, {10, "circuit_open"}, {11, "io"},
      {12, "missed"}, {70, "internal"}};
  ASSERT_EQ(exit_table().size(), frozen.size());
  for (std::size_t i = 0; i < frozen.size(); ++i) {
    const auto& row = exit_table()[i];
    EXPECT_EQ(static_cast<int>(row.code), frozen[i].first);
    EXPECT_EQ(row.name, frozen[i].second);
    EXPECT_EQ(exit_name(row.code), row.name);
    EXPECT_FALSE(row.when.empty());
  }
}

TEST(ExitCode, OrdersReasonsBySeriousness) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = 0; j < order.size(); ++j) {
      EXPECT_EQ(worse(order[i], order[j]), order[std::min(i, j)]);
    }
  }
}

TEST(ExitCode, IsOkForNoItemsAndForItemsThatAreAllOk) {
  EXPECT_EQ(exit_code(Tally()), Exit::ok);
  EXPECT_EQ(exit_code(tally({Exit::ok, Exit::ok})), Exit::ok);
}

TEST(ExitCode, IsTheRunsReasonWhenTheItemsAreOk) {
  for (const auto run : order) {
    EXPECT_EQ(exit_code(Tally(), run), run);
    EXPECT_EQ(exit_code(tally({Exit::ok}), run), run == Exit::usage ? Exit::partial : run);
  }
}

// What the manual says in words: all pairs of an item's reason and another item's or the run's.
Exit said_by_the_manual(Exit item, Exit other) {
  const auto sent = [&](Exit reason) { return reason == Exit::usage ? Exit::partial : reason; };
  return item == Exit::usage && other == Exit::usage ? Exit::usage : worse(sent(item), sent(other));
}

TEST(ExitCode, IsTheMostSeriousReasonWhenNothingIsOk) {
  for (const auto a : order) {
    for (const auto b : order) {
      if (a != Exit::ok && b != Exit::ok) {
        EXPECT_EQ(exit_code(tally({a, b})), said_by_the_manual(a, b))
            << exit_name(a) << ' ' << exit_name(b);
        // Nothing was sent for an item of bad input alone.
        EXPECT_EQ(exit_code(tally({a}), b),
                  a == Exit::usage ? worse(a, b) : said_by_the_manual(a, b))
            << exit_name(a) << ' ' << exit_name(b);
      }
    }
  }
}

TEST(ExitCode, DoesNotSoftenTheGravestReasonsToPartial) {
  for (const auto grave : {Exit::internal, Exit::io, Exit::in_doubt}) {
    for (const auto run : order) {
      EXPECT_EQ(exit_code(tally({Exit::ok, grave}), run), said_by_the_manual(grave, run));
      EXPECT_EQ(exit_code(tally({Exit::ok, Exit::failed, grave}), run),
                said_by_the_manual(grave, run));
    }
  }
}

TEST(ExitCode, IsPartialForAMixOfOkAndOtherFailures) {
  for (const auto failure : {Exit::usage, Exit::denied, Exit::unreachable, Exit::timeout,
                             Exit::circuit_open, Exit::violated, Exit::failed, Exit::partial}) {
    EXPECT_EQ(exit_code(tally({Exit::ok, failure})), Exit::partial) << exit_name(failure);
    for (const auto run : order) {
      // A failure that ended the run, as a channel's end does, is that of an item.
      const auto expected =
          run == Exit::failed ? Exit::partial : said_by_the_manual(Exit::partial, run);
      EXPECT_EQ(exit_code(tally({Exit::ok, failure}), run), expected)
          << exit_name(failure) << ' ' << exit_name(run);
    }
  }
}

TEST(ExitCode, TakesAMissedObjectiveAndAnEmptyQueueForNoFailure) {
  EXPECT_EQ(exit_code(tally({Exit::ok, Exit::missed})), Exit::missed);
  EXPECT_EQ(exit_code(tally({Exit::ok, Exit::empty})), Exit::empty);
}

TEST(Tally, CountsForEachReason) {
  Tally items;
  items.add(Exit::ok, 3);
  items.add(Exit::failed);
  items.add(Exit::failed, 0);
  EXPECT_EQ(items.count(Exit::ok), 3U);
  EXPECT_EQ(items.count(Exit::failed), 1U);
  EXPECT_EQ(items.count(Exit::timeout), 0U);
  EXPECT_EQ(items.total(), 4U);
}

}  // namespace
}  // namespace mscomm
