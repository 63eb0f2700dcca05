#!/usr/bin/env bats
# What becomes of the messages that consume has written.

load helper

setup() { setup_queue; }

dead_lettering() { # COUNT: $q with the bodies 1 to COUNT, and $dead where it dead-letters to
  dead=$(fresh_queue)
  amqp declare "$dead"
  amqp declare "$q" --arg x-dead-letter-exchange= --arg x-dead-letter-routing-key="$dead"
  amqp fill "$q" "$1"
}

@test "--reject dead-letters what it has printed, in order" {
  dead_lettering 300
  run_split mscomm consume "$q" --reject --until-empty -v
  assert_status 0
  seq 300 >expected
  assert_stdout_is expected
  assert_stderr_has '300 taken, 0 acknowledged, 300 rejected'
  queue_holds "$q" 0
  await 10 queue_holds "$dead" 300
  amqp drain "$dead" --raw | cmp - expected
}

@test "--reject -n leaves the next untouched" {
  dead_lettering 9
  run_split mscomm consume "$q" --reject -n 3 --prefetch 2
  assert_status 0
  assert_stdout 1 2 3
  await 10 queue_holds "$dead" 3
  assert_equal "$(amqp get "$q" | jq -c '[.body, .redelivered]')" '["4",false]'
}

@test "--reject does not reject what it could not print" {
  dead_lettering 3
  status=0
  mscomm consume "$q" --reject -n 3 >/dev/full 2>"$err" || status=$?
  assert_status 11
  await 10 queue_holds "$q" 3
  queue_holds "$dead" 0
}

@test "--requeue prints each message once and puts all of them back" {
  amqp declare "$q"
  amqp fill "$q" 1000
  run_split mscomm consume "$q" --requeue --until-empty -v
  assert_status 0
  seq 1000 >expected
  assert_stdout_is expected
  assert_stderr_has '1000 taken, 0 acknowledged, 1000 put back'
  await 10 queue_holds "$q" 1000
  run_split mscomm consume "$q" --requeue -n 2
  assert_stdout 1 2
  await 10 queue_holds "$q" 1000
  amqp drain "$q" --raw | cmp - expected
}

@test "--requeue without a limit does not get its own messages back" {
  amqp declare "$q"
  amqp fill "$q" 20
  run_split mscomm consume "$q" --requeue --timeout 1s
  assert_status 0
  seq 20 >expected
  assert_stdout_is expected
  await 10 queue_holds "$q" 20
}

@test "settling in several ways at once is a contradiction" {
  local words
  for words in '--reject --requeue' '--peek --reject' '--reject --ack auto' '--requeue --ack none'; do
    # shellcheck disable=SC2086  # words
    run_split mscomm consume "$q" $words
    assert_status 2
  done
}
