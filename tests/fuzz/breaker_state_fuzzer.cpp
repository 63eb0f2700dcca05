// What stands in the file of a circuit: as it is, and with a checksum that holds.

#include "core/resilience/breaker_json.h"
#include "fuzz/fuzzer.h"

namespace mscomm::test {
namespace {

void use(const BreakerState& state) {
  require(parse_breaker_state(breaker_state_text(state)) == state);
  const BreakerParameters parameters;
  constexpr WallMilliseconds kNow{Milliseconds(1'795'719'834'183)};
  auto next = state;
  const auto permit = acquire_permit(next, parameters, kNow, 1);
  if (!permit.allowed) {
    const bool by_hand = next.state == CircuitState::forced_open;
    require(permit.retry_after ? *permit.retry_after > Milliseconds(0) : by_hand);
    require(by_hand || *permit.retry_after <= Milliseconds(360'000));
  }
  record_call(next, parameters, permit, {.outcome = CallOutcome::failure}, kNow, 1);
  require(count_calls(next.window, kNow).failed <= count_calls(next.window, kNow).calls);
  reset_circuit(next, kNow);
  require(acquire_permit(next, parameters, kNow, 1).allowed);
}

}  // namespace

void fuzz(std::string_view input) {
  for (const auto& text : {std::string(input), with_checksum(input)}) {
    if (const auto state = parse_breaker_state(text)) {
      use(*state);
    }
  }
}

}  // namespace mscomm::test
