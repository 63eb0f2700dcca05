#include "core/resilience/breaker_json.h"

#include <gtest/gtest.h>

namespace mscomm {
namespace {

using namespace std::chrono_literals;

constexpr WallMilliseconds kThen{Milliseconds(1'795'719'834'183)};

BreakerState half_open_state() {
  BreakerState state;
  state.key = "http://pay:8080";
  state.state = CircuitState::half_open;
  state.generation = 17;
  state.changed_at = kThen;
  state.open_count = 3;
  state.why = "5 of 6 calls failed";
  state.called_at = kThen - 1s;
  state.probes = {{.id = UINT64_MAX, .until = kThen + 10s}, {.id = 1, .until = kThen}};
  state.probes_ok = 1;
  state.probes_failed = 2;
  state.last_error = "503 \"Service\" Unavailable \xc3\xbc";
  return state;
}

TEST(BreakerJson, IsTwoLinesOfJson) {
  BreakerState state;
  state.key = "pay";
  state.generation = 2;
  state.window.calls = "..f";
  EXPECT_EQ(breaker_state_text(state),
            R"({"v":1,"key":"pay","state":"closed","generation":2,"changed_at":0,"open_count":0,)"
            R"("why":"","window":{"calls":"..f"},"consecutive":0,"probes":[],"probes_ok":0,)"
            R"("probes_failed":0,"last_error":""})"
            "\n\"578808b3\"\n");
}

TEST(BreakerJson, IsReadAsTheSameState) {
  EXPECT_EQ(parse_breaker_state(breaker_state_text(half_open_state())), half_open_state());
  auto state = half_open_state();
  state.state = CircuitState::open;
  state.open_until = kThen + 10s;
  add_to_last_time(state.window, true, true, 60s, kThen);
  add_to_last_time(state.window, false, false, 60s, kThen + 20s);
  EXPECT_EQ(parse_breaker_state(breaker_state_text(state)), state);
}

TEST(BreakerJson, FitsAPageAtItsLargest) {
  auto state = half_open_state();
  state.key.assign(300, 'x');
  state.window.calls.assign(kMostWindowCalls, kCallFailed);
  state.probes.assign(kMostProbes, {.id = UINT64_MAX, .until = kThen});
  state.last_error.assign(800, 'x');
  const auto text = breaker_state_text(state);
  EXPECT_LE(text.size(), 4096U);
  EXPECT_EQ(parse_breaker_state(text), state);
}

TEST(BreakerJson, IsRefusedWhenAByteDiffersOrIsMissing) {
  const auto text = breaker_state_text(half_open_state());
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(parse_breaker_state(text.substr(0, i))) << i;
    auto changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(parse_breaker_state(changed)) << i;
  }
  EXPECT_FALSE(parse_breaker_state(text + "\n"));
}

TEST(BreakerJson, IsRefusedWhenAMemberIsNotWhatItMustBe) {
  const auto text = breaker_state_text(half_open_state());
  const auto line = text.substr(0, text.find('\n'));
  ASSERT_TRUE(parse_breaker_state(with_checksum(line)));
  for (const auto& [good, bad] : std::initializer_list<std::pair<std::string, std::string>>{
           {R"("v":1)", R"("v":2)"},
           {R"("v":1)", R"("v":0)"},
           {R"("half_open")", R"("ajar")"},
           {R"("half_open")", R"("open")"},  // without an end
           {R"("generation":17)", R"("generation":-1)"},
           {R"("generation":17)", R"("generation":1.5)"},
           {R"("generation":17)", R"("generation":18446744073709551615)"},
           {R"("generation":17)", R"("generation":1e300)"},
           {R"("changed_at":1795719834183)", R"("changed_at":9223372036854775807)"},
           {R"("open_count":3)", R"("open_count":4294967296)"},
           {R"("calls":"")", R"("calls":"x")"},
           {R"({"calls":""})", R"({})"},
           {R"({"calls":""})", R"([])"},
           {R"({"calls":""})", R"({"slice_ms":0,"slices":[]})"},
           {R"({"calls":""})", R"({"slice_ms":10,"slices":[[15,1,1,1]]})"},
           {R"({"calls":""})", R"({"slice_ms":10,"slices":[[20,1,1,1],[10,1,1,1]]})"},
           {R"({"calls":""})", R"({"slice_ms":10,"slices":[[10,1,1,1],[10,1,1,1]]})"},
           {R"({"calls":""})", R"({"slice_ms":10,"slices":[[20,1,1]]})"},
           {R"("probes":[[)", R"("probes":[[[)"},
           {R"("why":"5 of 6 calls failed")", R"("why":null)"},
           {R"("key":"http://pay:8080",)", ""}}) {
    auto broken = line;
    ASSERT_NE(broken.find(good), std::string::npos) << good;
    broken.replace(broken.find(good), good.size(), bad);
    EXPECT_FALSE(parse_breaker_state(with_checksum(broken))) << bad;
  }
  for (const auto* other : {"", "{}", "[]", "null", "{", "\xff"}) {
    EXPECT_FALSE(parse_breaker_state(with_checksum(other))) << other;
  }
}

}  // namespace
}  // namespace mscomm
