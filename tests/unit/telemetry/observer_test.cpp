#include "core/telemetry/observer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/runtime/error.h"
#include "core/telemetry/log.h"
#include "core/telemetry/log_listener.h"
#include "unit/telemetry/step_recorder.h"

namespace mscomm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

/// Counts how often it is put into a message.
struct Counted {
  int& times;
};

}  // namespace
}  // namespace mscomm

template <>
struct fmt::formatter<mscomm::Counted> : fmt::formatter<int> {
  template <class Context>
  auto format(const mscomm::Counted& counted, Context& context) const {
    return fmt::formatter<int>::format(++counted.times, context);
  }
};

namespace mscomm {
namespace {

struct Count {
  int sent;
};

void write_count(JsonWriter& json, const Count& count) {
  json.begin_array().value(count.sent).end_array();
}

template <class Act>
std::string stderr_of(Act act) {
  testing::internal::CaptureStderr();
  act();
  return testing::internal::GetCapturedStderr();
}

TEST(Observer, PutsNoWordsTogetherThatNobodyReads) {
  std::vector<test::RecordedStep> told;
  Observer observer(make_log({.level = LogLevel::warning}));
  int times = 0;
  Log(observer).debug("{}", Counted{times});
  observer.tell({.name = "a.step", .level = LogLevel::debug}, "{}", Counted{times});
  EXPECT_EQ(times, 0);
  EXPECT_FALSE(observer.wants(LogLevel::debug));
  observer.add(std::make_unique<test::StepRecorder>(told));
  observer.tell({.name = "a.step", .level = LogLevel::debug}, "{}", Counted{times});
  EXPECT_EQ(times, 0) << "who wants the step reads its fields only";
  EXPECT_EQ(told.size(), 1U);
}

TEST(Observer, TellsAListenerStepsThatTheLogHides) {
  std::vector<test::RecordedStep> told;
  Observer observer(make_log({.level = LogLevel::error}));
  observer.add(std::make_unique<test::StepRecorder>(told));
  const std::string method = "GET";
  const auto said = stderr_of([&] {
    observer.tell({.name = "http.attempt",
                   .level = LogLevel::info,
                   .target = "http://a/",
                   .trace_id = "4bf9",
                   .duration = std::chrono::milliseconds(3),
                   .outcome = Exit::failed,
                   .fields = {{"method", method}, {"status", 503}, {"again", true}, {"s", 0.5}}});
    Log(observer).warning("only words");
  });
  EXPECT_EQ(said, "");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].name, "http.attempt");
  EXPECT_EQ(told[0].target, "http://a/");
  EXPECT_EQ(told[0].trace_id, "4bf9");
  EXPECT_EQ(told[0].duration, std::chrono::milliseconds(3));
  EXPECT_EQ(told[0].outcome, Exit::failed);
  EXPECT_THAT(told[0].fields, ElementsAre(Pair("again", "true"), Pair("method", "GET"),
                                          Pair("s", "0.5"), Pair("status", "503")));
}

TEST(Observer, TakesTheFieldsOfARecordFromItsTable) {
  constexpr std::array kTable{
      Field<Count>{"sent", "",
                   [](const Count& c, std::string_view) -> Value { return std::int64_t{c.sent}; }},
      Field<Count>{"absent", "", [](const Count&, std::string_view) { return Value(); }},
      Field<Count>{"tags", "",
                   [](const Count& c, std::string_view) { return json_value<write_count>(c); }},
      Field<Count>{"headers.", "",
                   [](const Count&, std::string_view) -> Value { return std::int64_t{1}; }}};
  const Count record{3};
  const auto fields = step_fields<Count>(kTable, record);
  ASSERT_EQ(fields.size(), 2U);
  EXPECT_EQ(fields[0].name, "sent");
  EXPECT_EQ(std::get<std::int64_t>(fields[0].value), 3);
  EXPECT_EQ(fields[1].name, "tags");
  EXPECT_TRUE(std::holds_alternative<JsonValue>(fields[1].value));
}

TEST(TextLog, SaysWhatHasWordsAndLeavesTheRestToOthers) {
  Observer observer(make_log({.command = "get", .level = LogLevel::info}));
  const Log log(observer);
  EXPECT_EQ(stderr_of([&] {
              log.error(Error(Exit::failed, "it failed\x1b", "do this"));
              log.warning("take {}", "care");
              log.info("by the way");
              log.debug("hidden");
              observer.tell({.name = "a.step", .target = "x"});
              observer.tell({.name = "a.step", .level = LogLevel::summary, .target = "x"}, "done");
            }),
            "mscomm: get: it failed\\x1b\nhint: do this\n"
            "mscomm: get: warning: take care\n"
            "mscomm: get: by the way\n"
            "mscomm: get: done\n");
}

TEST(TextLog, IsQuietButForErrors) {
  Observer observer(make_log({.command = {}, .level = LogLevel::error}));
  EXPECT_EQ(stderr_of([&] {
              Log(observer).warning("hidden");
              observer.tell({.level = LogLevel::summary}, "hidden");
              observer.tell({.level = LogLevel::error}, "3 sent, 2 refused");
            }),
            "mscomm: 3 sent, 2 refused\n");
}

TEST(TextLog, ClearsTheLineOfProgressForOthersAndAtTheEnd) {
  EXPECT_EQ(stderr_of([] {
              Observer observer(make_log({.progress = true}));
              const Log log(observer);
              log.progress("1 %");
              log.info("hidden");
              log.warning("so");
              log.progress("2 %");
            }),
            "\r\x1b[K1 %\r\x1b[Kmscomm: warning: so\n\r\x1b[K2 %\r\x1b[K");
}

TEST(TextLog, ShowsNoProgressWhereItIsNotWanted) {
  Observer observer(make_log({.progress = false}));
  EXPECT_FALSE(Log(observer).shows_progress());
  EXPECT_EQ(stderr_of([&] { Log(observer).progress("1 %"); }), "");
}

TEST(JsonLog, IsAnObjectWithTheStepsFields) {
  Observer observer(make_log({.command = "get", .format = LogFormat::json, .progress = true}));
  EXPECT_FALSE(Log(observer).shows_progress());
  const auto said = stderr_of([&] {
    observer.tell({.name = "http.retry",
                   .level = LogLevel::warning,
                   .target = "http://a/\xff",
                   .trace_id = "4bf9",
                   .duration = std::chrono::microseconds(1500),
                   .outcome = Exit::failed,
                   .fields = {{"attempt", 2}, {"text", "\xff"}},
                   .hint = "wait"},
                  "again in {}", 3);
  });
  EXPECT_EQ(std::ranges::count(said, '\n'), 1);
  auto json = nlohmann::json::parse(said);
  EXPECT_THAT(json["time"].get<std::string>(), testing::MatchesRegex("....-..-..T..:..:..\\....Z"));
  json.erase("time");
  EXPECT_EQ(json, nlohmann::json::parse(R"({"level":"warning","command":"get","event":"http.retry",
      "target":"http://a/\\xff","trace_id":"4bf9","duration_ms":1.5,"message":"again in 3",
      "outcome":"failed","hint":"wait","attempt":2,"text":"\\xff"})"));
}

TEST(JsonLog, HasSummariesAsInfo) {
  Observer observer(make_log({.format = LogFormat::json}));
  EXPECT_THAT(stderr_of([&] { observer.tell({.level = LogLevel::summary}, "3 sent"); }),
              HasSubstr(R"("level":"info","command":"","message":"3 sent"})"));
}

// Under ThreadSanitizer this is what proves the observer's promise.
TEST(ObserverThreads, TellAndShowProgressAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 50;
  std::vector<test::RecordedStep> told;
  const auto said = stderr_of([&] {
    Observer observer(make_log({.command = "probe", .level = LogLevel::info, .progress = true}));
    observer.add(std::make_unique<test::StepRecorder>(told));
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&observer] {
        for (int round = 0; round < kRounds; ++round) {
          Log(observer).progress("under way");
          observer.tell({.name = "probe.check"}, "a line");
        }
      });
    }
    for (auto& thread : threads) {
      thread.join();
    }
  });
  EXPECT_EQ(told.size(), static_cast<std::size_t>(kThreads * kRounds));
  std::string rest = said;
  for (const std::string part : {"\r\x1b[K", "under way", "mscomm: probe: a line\n"}) {
    for (auto at = rest.find(part); at != std::string::npos; at = rest.find(part, at)) {
      rest.erase(at, part.size());
    }
  }
  EXPECT_EQ(rest, "") << "a line was torn";
}

}  // namespace
}  // namespace mscomm
