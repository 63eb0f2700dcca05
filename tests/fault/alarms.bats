#!/usr/bin/env bats
# A broker that is low on memory blocks its publishers: they say so, wait, and end in time.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load ../e2e/helper

setup() {
  setup_queue declared
  export MSCOMM_TEST_TIMEOUT=20
}

teardown() {
  [ ! -e "$BATS_TEST_TMPDIR/alarm" ] || end_alarm
  teardown_test
}

alarm() {
  # Whatever it holds is more than that.
  broker_ctl -q set_vm_memory_high_watermark 0.000001
  touch "$BATS_TEST_TMPDIR/alarm"
}

# What scripts/broker gives a node.
end_alarm() {
  broker_ctl -q set_vm_memory_high_watermark absolute 4096MiB
  rm "$BATS_TEST_TMPDIR/alarm"
}

blocked() { grep -qF 'blocks publishers: low on memory; waiting' "$BATS_TEST_TMPDIR/$1.err"; }

start_publisher() { # ARGUMENTS; lines are taken from descriptor 8
  mkfifo input
  start_process publisher bash -c 'exec "$0" publish --lines "$@" <input' "$MSCOMM" -q "$q" "$@"
  exec 8>input
}

@test "memory alarm: a running publisher says so at once, and goes on when it is over" {
  local start
  start_publisher --log-format json
  echo one >&8
  await 10 queue_holds "$q" 1
  alarm
  seq 2 20000 >&8 &
  start=${EPOCHREALTIME/./}
  await 10 blocked publisher
  echo "# said $(((${EPOCHREALTIME/./} - start) / 1000)) ms after the next message was there"
  # Consumers are not blocked: they are what ends an alarm.
  run_split mscomm consume "$q" -n 1
  assert_status 0
  assert_stdout one
  [ "$(amqp count "$q")" -lt 19000 ] || complain 'the broker did not stop reading'
  end_alarm
  await 10 grep -q 'accepts messages again' "$publisher_err"
  exec 8>&-
  await_process publisher
  assert_equal "$status" 0
  assert_equal "$(jq -c 'select(.sent) | [.sent, .confirmed, .resent]' "$publisher_err")" '[20000,20000,0]'
  queue_holds "$q" 19999
}

@test "memory alarm: the deadline comes, and what was sent is in doubt" {
  alarm
  run_split mscomm publish -q "$q" --timeout 1s x
  assert_status 7
  assert_stderr_has 'blocks publishers: low on memory'
  assert_stderr_has '1 sent, 0 confirmed, 1 in doubt'
  assert_stderr_has 'the broker is blocked: low on memory'
  # Without confirms as well: nobody says that it was read.
  run_split mscomm publish -q "$q" --timeout 1s --no-confirm x
  assert_status 7
  run_split mscomm fanout amq.fanout --timeout 1s x
  assert_status 7
  run_split mscomm publish -q "$q" --confirm-timeout 500ms x
  assert_status 7
}

@test "memory alarm: what cannot be sent at all is no doubt but too late" {
  alarm
  mkfifo input
  exec 8<>input
  # Connecting and declaring work, input does not come.
  status=0
  timeout 20 "$MSCOMM" publish -q "$q" --lines --timeout 1s <input 2>"$err" || status=$?
  assert_status 5
  assert_stderr_has '0 sent'
}

@test "memory alarm: a large body stops in its middle and is whole afterwards" {
  head -c 16000000 /dev/urandom >body
  start_process publisher "$MSCOMM" publish -q "$q" --file body --file body
  await 10 queue_holds "$q" 2
  await_process publisher
  alarm
  start_process publisher "$MSCOMM" publish -q "$q" --file body --heartbeat 2
  await 10 blocked publisher
  # Twice two heartbeats: the broker's own go on, and so must ours, behind half a body.
  sleep 5
  end_alarm
  await_process publisher
  assert_equal "$status" 0
  run_split mscomm consume "$q" -n 3 --delimiter ''
  cat body body body | cmp - "$out"
}

@test "memory alarm: Ctrl-C ends the wait, and what was sent is counted" {
  alarm
  start_process publisher "$MSCOMM" publish -q "$q" x
  await 10 blocked publisher
  stop_process publisher INT
  assert_equal "$status" 130
  grep -qF '1 sent, 0 confirmed, 1 in doubt' "$publisher_err"
}

@test "memory alarm: a request whose taking is unknown is in doubt" {
  alarm
  run_split mscomm publish -q "$q" --rpc --timeout 1s x
  assert_status 7
  assert_stderr_has 'request 1: the broker did not say in time that it has it'
  assert_stderr_has 'it is blocked: low on memory'
  assert_stdout
}
