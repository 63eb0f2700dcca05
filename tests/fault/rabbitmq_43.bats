#!/usr/bin/env bats
# RabbitMQ 4.2 and 4.3, which cannot be installed on Debian 12: a fake that keeps their rules, read
# from their source, is under tests/support/fake_rabbitmq.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load ../e2e/helper

setup() {
  setup_test
  q=q
}

start_fake() { # VERSION
  start_listener fake /usr/bin/python3 -B "$tests_root/support/fake_rabbitmq" "$1"
  url=amqp://guest:guest@127.0.0.1:$port
  reader=amqp://reader:secret@127.0.0.1:$port   # may read
  worker=amqp://worker:secret@127.0.0.1:$port   # may read and write
  export AMQP_URL=$url
}

fill() { # COUNT [PUBLISH-OPTION...]: a quorum queue of numbers
  seq "$1" | "$MSCOMM" publish -q "$q" --declare=quorum --lines --quiet "${@:2}"
}

fake_says() { grep -qF -e "$1" "$fake_err"; }
consumer_says() { grep -qF -e "$1" "$consumer_err" || complain "expected of the consumer: $1"; }
lines_in() { [ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; } # FILE COUNT
passed() { [ "$(grep -cF 'time passed' "$fake_err")" -ge "$1" ]; }

let_time_out() { # how often it has been so
  kill -USR1 "$fake_pid"
  await 10 passed "$1"
}

# What is in the queue, by a client that looks and disturbs nothing.
assert_left() { # MESSAGE...
  run_split mscomm consume "$q" --until-empty
  assert_stdout "$@"
  ! fake_says 'dropped at the delivery limit' || complain "$(grep dropped "$fake_err")"
}

# --- what is refused -----------------------------------------------------------------------------

@test "4.3: a command uses nothing that is refused unless it is asked to" {
  start_fake 4.3.0
  check_table <<'TABLE'
    publish declares     | publish -q all --declare one             | 0 | - | 1 confirmed
    consume declares     | consume other --declare --until-empty    | 8 | - | nothing came
    consume takes        | consume all -n 1                         | 0 | one | -
    fanout               | fanout x event                           | 0 | - | *
    listen               | fanout x --listen --timeout 200ms        | 8 | - | *
    bind                 | consume --bind x:a.b --timeout 200ms     | 8 | - | *
    exclusive            | consume own --declare=exclusive --timeout 200ms | 8 | - | *
    probe                | probe --level roundtrip "$url"      | 0 | RabbitMQ 4.3.0 | -
TABLE
  ! fake_says 'refused: ' || complain "$(grep refused: "$fake_err")"
  fake_says 'global_qos=False' # which RabbitMQ 4.3 makes of any other
  ! fake_says 'global_qos=True' || complain 'a prefetch count for the whole channel'
}

@test "4.3: what is refused is told with the way out" {
  start_fake 4.3.5
  check_table <<'TABLE'
    transient   | publish -q t --declare=transient x  | 1 | - | hint: this broker refuses transient queues: try --declare=durable
    and consume | consume t --declare=transient       | 1 | - | hint: this broker refuses transient queues: try --declare=durable
    locator     | publish -q t --declare --queue-arg x-queue-master-locator=min-masters x | 1 | - | hint: x-queue-leader-locator has taken the place of x-queue-master-locator
    version 1   | publish -q t --declare --queue-arg x-queue-version=1 x | 1 | - | hint: RabbitMQ 4.3 has dropped version 1 of classic queues
    version 2   | publish -q v --declare --queue-arg x-queue-version=2 x | 0 | - | 1 confirmed
    mode        | publish -q t --declare=quorum --queue-arg x-queue-mode=lazy x | 1 | - | hint: queues of this type have no such argument
    two hashes  | consume --bind amq.topic:a.#.b.# --timeout 200ms   | 8 | - | *
    three       | consume --bind amq.topic:a.#.b.#.c.# --timeout 5s  | 1 | - | uses 3 '#' wildcards, at most 2 are allowed (406 PRECONDITION_FAILED)
    type        | publish -e f --declare-exchange unheard x | 1 | - | hint: the types are direct, fanout, headers and topic
    frames      | publish -u "$url?frame_max=4096" -q v x | 1 | - | hint: make the frame_max in the URL larger, or leave it away
    8192        | publish -u "$url?frame_max=8192" -q v x | 0 | - | 1 confirmed
TABLE
  head -c 16777217 /dev/zero >large
  run_split mscomm publish -q v --file large
  assert_status 1
  assert_stderr_has "hint: the broker's max_message_size sets the limit"
}

# --- looking -------------------------------------------------------------------------------------

@test "4.3: looking drops nothing, however often and however it ends" {
  start_fake 4.3.0
  fill 30 --queue-arg x-delivery-limit=1
  local round
  for round in 1 2 3 4; do
    run_split mscomm consume "$q" --peek
    assert_status 0
    cmp "$out" <(seq 30)
    "$MSCOMM" consume "$q" --peek --idle 60s | head -n 1 >first
    start_process looker mscomm consume "$q" --peek --idle 60s
    await 10 lines_in "$looker_out" 30
    stop_process looker INT
    assert_equal "$status" 130
    run_split mscomm consume "$q" -n 1 --exec 'exit 1'
    assert_status 1
    run_split mscomm consume "$q" --filter 'false' --idle 100ms
    assert_status 8
  done
  seq 30 >all
  mapfile -t numbers <all
  assert_left "${numbers[@]}"
}

@test "4.3: a run whose connections are lost, which does count, loses no message that it left out" {
  start_fake 4.3.0
  fill 3 --queue-arg x-delivery-limit=1
  start_process consumer mscomm consume "$q" --management-url http://127.0.0.1:1 --filter '.body | startswith("yes")'
  published() { [ "$(grep -c Basic.Publish "$fake_err")" -ge "$1" ]; }
  recovered() { [ "$(grep -c 'connected again' "$consumer_err")" -ge 2 ]; }
  "$MSCOMM" publish -q "$q" --quiet yes1
  await 10 lines_in "$consumer_out" 1
  kill -USR2 "$fake_pid"
  await 10 published 7 # a copy of each that was held
  "$MSCOMM" publish -q "$q" --quiet yes2
  await 10 lines_in "$consumer_out" 2
  kill -USR2 "$fake_pid" # which the originals would not survive
  await 10 recovered
  stop_process consumer INT
  assert_equal "$status" 130
  run_split mscomm consume "$q" --until-empty
  sort -u "$out" | cmp - <(seq 3) || complain 'not all are left' # a copy may come twice
}

@test "4.2: where looking counts it is done with copies" {
  start_fake 4.2.0
  fill 5 --queue-arg x-delivery-limit=1
  for _ in 1 2 3 4; do
    run_split mscomm consume "$q" --peek --management-url http://127.0.0.1:1
    assert_status 0
    sort -n "$out" | cmp - <(seq 5)
  done
  run_split mscomm consume "$q" --until-empty
  sort -n "$out" | cmp - <(seq 5)
}

@test "4.3.0 and 4.2.6: a reader may not ask whether the queue is empty, and is told before anything is taken" {
  local version
  for version in 4.3.0 4.2.6; do
    start_fake "$version"
    fill 3
    for _ in 1 2; do
      run_split mscomm consume "$q" -u "$reader" --peek --force
      assert_status 4
      assert_stdout
      assert_stderr_has "the user may not ask whether queue 'q' is empty"
      assert_stderr_has "hint: RabbitMQ $version takes the permission configure for that"
    done
    ! fake_says Basic.Consume || complain 'it has begun to consume'
    run_split mscomm consume "$q" -u "$reader" --peek --force --idle 100ms
    assert_status 0
    assert_stdout 1 2 3
    run_split mscomm consume "$q" -u "$reader" -n 1
    assert_status 0
    assert_stdout 1
    assert_left 2 3
    stop_process fake
  done
}

@test "4.3.1: a reader looks as before" {
  start_fake 4.3.1
  fill 3
  run_split mscomm consume "$q" -u "$reader" --peek
  assert_status 0
  assert_stdout 1 2 3
  ! fake_says 'refused: ' || complain "$(grep refused: "$fake_err")"
}

@test "4.3.0: a reader's run goes on after its consumer timed out" {
  start_fake 4.3.0
  fill 1
  start_process consumer mscomm consume "$q" -u "$reader" --filter '.body == "yes"' -n 1
  await 10 fake_says 'Basic.Consume'
  let_time_out 1
  await 10 consumer_says 'connected again'
  "$MSCOMM" publish -q "$q" --quiet yes
  await_process consumer
  assert_equal "$status" 0
  assert_equal "$(<"$consumer_out")" yes
  assert_left 1
}

@test "4.3.0: who may not ask whether a queue is there parks in it all the same" {
  start_fake 4.3.0
  fill 1
  "$MSCOMM" publish -q parked --declare=quorum --quiet first
  run_split mscomm consume "$q" -u "$worker" -n 1 --exec false --park parked
  assert_status 1
  assert_stderr_has '1 parked'
  assert_left
  run_split mscomm consume parked -n 2
  assert_stdout first 1
}

# --- the consumer timeout, which is a basic.cancel -----------------------------------------------

told_as_timeout() {
  assert_equal "$status" 1
  consumer_says "hint: a message was not acknowledged within the broker's consumer_timeout and is back in the queue: its command"
  ! has_text "$consumer_err" deleted || complain 'no queue was deleted'
}
told_by_cancel() {
  consumer_says "a message of queue 'q' was not acknowledged in time, and the broker ended the consumer"
}
# A consumer that was replaced by a wider one is not cancelled again: that closes the channel.
told_by_close() { consumer_says 'delivery acknowledgement on channel 1 timed out'; }

@test "4.3 timeout: a command that takes longer is told as the cause, and is not run again" {
  start_fake 4.3.0
  fill 1
  start_process consumer mscomm consume "$q" --exec 'echo >>runs; until [ -e go ]; do sleep 0.05; done'
  await 10 lines_in runs 1
  let_time_out 1
  await 10 fake_says 'passive=True'
  touch go
  await_process consumer
  told_as_timeout
  told_by_cancel
  assert_equal "$(wc -l <runs)" 1
  ! has_text "$consumer_err" acknowledged, || complain 'what is back in the queue is not acknowledged'
  assert_left 1
}

@test "4.3 timeout: so are the pauses of --retry" {
  start_fake 4.3.0
  fill 1
  start_process consumer mscomm consume "$q" --retry 3 --backoff 1h --jitter none --exec 'echo >>runs; false'
  await 10 lines_in runs 1
  let_time_out 1
  await_process consumer
  told_as_timeout
  told_by_close
  assert_equal "$(wc -l <runs)" 1
  assert_left 1
}

@test "4.3 timeout: what was printed and is held comes not again, the run ends" {
  start_fake 4.3.0
  fill 1
  start_process consumer mscomm consume "$q" --requeue -n 2 --prefetch 1
  await 10 lines_in "$consumer_out" 1
  let_time_out 1
  await_process consumer
  told_as_timeout
  told_by_close
  assert_equal "$(<"$consumer_out")" 1
  assert_left 1
}

@test "4.3 timeout: what a filter leaves out goes back without a count, and the run goes on" {
  start_fake 4.3.0
  fill 3 --queue-arg x-delivery-limit=1
  start_process consumer mscomm consume "$q" --filter '.body | startswith("yes")' --exec 'cat; echo' --prefetch 20
  local round
  for round in 1 2 3 4; do
    "$MSCOMM" publish -q "$q" --quiet "yes$round"
    await 10 lines_in "$consumer_out" "$round"
    let_time_out "$round"
    recovered() { [ "$(grep -c 'connected again' "$consumer_err")" -ge "$round" ]; }
    await 10 recovered
    consumer_says 'the messages that --filter leaves out were held for longer'
  done
  ! fake_says 'refused: ' || complain 'the channel was closed'
  stop_process consumer INT
  assert_equal "$status" 130
  assert_left 1 2 3
}

@test "4.3: a deleted queue is told as such" {
  start_fake 4.3.0
  fill 1
  start_process consumer mscomm consume "$q" --requeue -n 2
  await 10 lines_in "$consumer_out" 1
  amqp -u "$url" delete "$q"
  await_process consumer
  assert_equal "$status" 1
  consumer_says "queue 'q' was deleted while it was consumed"
}

@test "4.2 timeout: it closes the channel, and is told alike" {
  start_fake 4.2.0
  fill 1
  start_process consumer mscomm consume "$q" --exec 'echo >>runs; sleep 60' --management-url http://127.0.0.1:1
  await 10 lines_in runs 1
  let_time_out 1
  await_process consumer
  assert_equal "$status" 1
  consumer_says 'delivery acknowledgement on channel 1 timed out'
  consumer_says "hint: a message was not acknowledged within the broker's consumer_timeout"
}

# --- answers -------------------------------------------------------------------------------------

@test "4.1 to 4.3: a request is answered, and an answer that nobody awaits holds nothing up" {
  local version
  for version in 4.1.0 4.3.0; do
    start_fake "$version"
    fill 0
    "$MSCOMM" publish -q "$q" --declare=quorum --quiet --reply-to amq.rabbitmq.reply-to.gone question
    start_process service mscomm consume "$q" --exec 'tr a-z A-Z' --reply -n 2
    run_split mscomm publish -q "$q" --rpc --timeout 10s question
    assert_status 0
    assert_equal "$(<"$out")" QUESTION
    await_process service
    assert_equal "$status" 0
    assert_equal "$(<"$service_err")" ''
    assert_left
    stop_process fake
  done
}
