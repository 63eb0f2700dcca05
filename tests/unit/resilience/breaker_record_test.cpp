#include "core/resilience/breaker_record.h"

#include <gtest/gtest.h>

namespace mscomm {
namespace {

using namespace std::chrono_literals;

constexpr WallMilliseconds kToday{Milliseconds(1'795'719'834'183)};

BreakerRecord open_record() {
  BreakerState state;
  state.key = "http://pay:8080";
  state.state = CircuitState::open;
  state.generation = 3;
  state.changed_at = kToday - 2600ms;
  state.open_until = kToday + 7400ms;
  state.open_count = 1;
  state.why = "5 of 6 calls failed";
  state.last_error = "503 Service\nUnavailable";
  return {state, kToday};
}

BreakerRecord closed_record() {
  BreakerState state;
  state.key = "search";
  state.window.calls = "..fsS";
  return {state, kToday};
}

TEST(BreakerRecord, IsAlignedTextForPeople) {
  std::string out;
  append_breaker_text(out, std::vector{open_record(), closed_record()}, false);
  EXPECT_EQ(out,
            "open 7.4s  http://pay:8080  5 of 6 calls failed, last: 503 Service\\nUnavailable\n"
            "closed     search           2 of 5 calls failed, 2 were slow\n");
  out.clear();
  append_breaker_text(out, std::vector{open_record()}, true);
  EXPECT_TRUE(out.starts_with("\x1b[1;31mopen 7.4s\x1b[0m  http"));
}

TEST(BreakerRecord, IsJsonWithWhatIsKnown) {
  std::string out;
  append_json_object(out, breaker_fields(), open_record());
  EXPECT_EQ(out, R"({"key":"http://pay:8080","state":"open","remaining_ms":7400,)"
                 R"("why":"5 of 6 calls failed","calls":0,"failed":0,"slow":0,"open_count":1,)"
                 R"("last_error":"503 Service\nUnavailable",)"
                 R"("changed_at":"2026-11-26T19:03:51.583Z"})");
  out.clear();
  append_json_object(out, breaker_fields(), closed_record());
  EXPECT_EQ(out, R"({"key":"search","state":"closed","calls":5,"failed":2,"slow":2,)"
                 R"("open_count":0})");
}

TEST(BreakerRecord, IsAPageOfLinesForPeople) {
  std::string out;
  append_breaker_page(out, open_record());
  EXPECT_NE(out.find("\nlast_error    503 Service\\nUnavailable\n"), std::string::npos) << out;
  EXPECT_EQ(out.find("slow_rate"), std::string::npos);
}

TEST(BreakerRecord, HasNoTimeLeftWhenTheNextCallTriesIt) {
  auto record = open_record();
  record.now += 1h;
  EXPECT_EQ(record.remaining(), 0ms);
  std::string out;
  append_breaker_text(out, std::vector{record}, false);
  EXPECT_TRUE(out.starts_with("open, to be tried  http://pay:8080")) << out;
  EXPECT_EQ(closed_record().remaining(), std::nullopt);
}

TEST(BreakerRecord, ShowsTimesForPeople) {
  EXPECT_EQ(shown_time(0ms), "0.0s");
  EXPECT_EQ(shown_time(7440ms), "7.4s");
  EXPECT_EQ(shown_time(252'400ms), "4m12s");
}

}  // namespace
}  // namespace mscomm
