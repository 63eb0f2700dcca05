#!/usr/bin/env bats
# A broker that breaks the protocol, at every step of it: a reason on stderr, an end in time, little memory, no
# status 70 and no secret. tests/support/hostile_broker.py has what it says, hostile_runs.py which commands meet it.

load ../e2e/helper

runs() {
  run_split env -u LD_PRELOAD /usr/bin/python3 "$tests_root/support/hostile_runs.py" "$MSCOMM" "$@"
  assert_status 0 || {
    cat "$out" >&2
    false
  }
}

@test "a hostile broker is left in time, with a reason and without much memory" {
  MSCOMM_TEST_TIMEOUT=600 runs --every "$(rounds 31 1)"
}

@test "Ctrl-C ends a command while a hostile broker talks" {
  MSCOMM_TEST_TIMEOUT=300 runs --interrupt --every "$(rounds 97 7)"
}

hostile() { # STEP SAYS [--once]: its URL in $url
  stop_process hostile KILL
  start_listener hostile /usr/bin/python3 "$tests_root/support/hostile_broker.py" "$@"
  url=amqp://127.0.0.1:$port
}

@test "what a broker did wrong is told, and whose fault it was" {
  local step says command status reason
  while IFS='|' read -r step says command status reason; do
    hostile "$step" "$says"
    eval "run_split mscomm $command -u $url --timeout 20s"
    assert_status "$status"
    assert_stderr_has "$reason"
    assert_stderr_lacks internal
  done <<'TABLE'
greeting|delivery|publish -q q x|3|a frame of channel 1, which is not open
start-ok|secure|consume q|3|it sent connection.secure where connection.tune was due
start-ok|tune-frame-max-1|consume q|3|the broker offers frames of 1 bytes
greeting|mechanisms|publish -q q x|4|the broker offers no PLAIN login
open|redirect|publish -q q x|3|does not speak AMQP 0-9-1
consume|delivery-of-nobody|consume q --on-loss fail|3|something for the consumer 'nobody', which was not begun
consuming|delivery-inside|consume q --on-loss fail|3|it sent a method inside an unfinished message
consuming|body-2-to-63|consume q --on-loss fail|3|announced a message of 9223372036854775808 bytes
consuming|body-empty-pieces|consume q --on-loss fail|3|an empty piece of a message
consuming|channel-7|consume q --on-loss fail|3|a frame of channel 7
consuming|body-most-allowed|consume q --format json|1|a message of 2147483648 bytes is too large for the memory
consuming|delivery|consume q --exec 'sleep 9' --on-loss fail|3|sent more messages than the prefetch allows
publish|ack-unsent|publish -q q x --on-loss fail|7|it sent an answer to message 4611686018427387904, where 1 was sent
publish|return|publish -q q x --on-loss fail|7|sent back a message that is none of those it has not answered
publish|clients-method|publish -q q x --on-loss fail|7|it sent basic.publish, which was not asked for
publish|flow-on-off|publish -q q x --confirm-timeout 300ms|7|no confirm came for 300ms
TABLE
}
