#!/usr/bin/env bats
# What is not acknowledged within the broker's consumer_timeout, here two seconds.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load ../e2e/helper

setup() {
  setup_queue declared
  touch "$BATS_TEST_TMPDIR/patience"
  set_times 2000 500
}

teardown() {
  [ ! -e "$BATS_TEST_TMPDIR/patience" ] || set_times 1800000 60000 # the broker's defaults
  teardown_test
}

# A channel takes both when it is opened.
set_times() { # TIMEOUT-MS CHECK-MS
  broker_ctl -q eval "application:set_env(rabbit, consumer_timeout, $1), application:set_env(rabbit, channel_tick_interval, $2)." >/dev/null
}

says() { grep -qF -e "$1" "$consumer_err"; }

@test "a command that takes longer is told as the cause, and its message goes back" {
  amqp fill "$q" 1
  start_process consumer mscomm consume "$q" --exec 'until [ -e go ]; do sleep 0.05; done'
  await 10 queue_has_consumers "$q" 1
  # The broker closes the channel; the command has five seconds to end.
  await 20 queue_has_consumers "$q" 0
  touch go
  await_process consumer
  assert_equal "$status" 1
  says 'delivery acknowledgement on channel 1 timed out'
  says "hint: a message was not acknowledged within the broker's consumer_timeout and is back in the queue: its command"
  queue_holds "$q" 1
}

@test "so are the pauses of --retry" {
  amqp fill "$q" 1
  run_split mscomm consume "$q" --retry 3 --backoff 1h --jitter none --exec false
  assert_status 1
  assert_stderr_has "hint: a message was not acknowledged within the broker's consumer_timeout"
  queue_holds "$q" 1
}

@test "what a filter leaves out goes back, and the run goes on" {
  amqp publish "$q" no
  start_process consumer mscomm consume "$q" --filter '.body == "yes"'
  local round
  for round in 1 2 3; do
    await 20 says 'the messages that --filter leaves out were held for longer'
    amqp publish "$q" yes
    took() { [ "$(wc -l <"$consumer_out")" -ge "$round" ]; }
    await 20 took
    : >"$consumer_err"
  done
  stop_process consumer INT
  assert_equal "$status" 130
  await 10 queue_holds "$q" 1
  assert_equal "$(amqp drain "$q" --raw)" no
}

@test "what was printed and is held comes not again: the run ends" {
  amqp fill "$q" 1
  run_split mscomm consume "$q" --requeue -n 2
  assert_status 1
  assert_stdout 1
  assert_stderr_has "the broker's consumer_timeout"
  queue_holds "$q" 1
}
