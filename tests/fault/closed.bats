#!/usr/bin/env bats
# Brokers that close channels and connections under a running command, and that are restarted.
#
# What happens at the start of a command (missing queues, wrong passwords, vhosts, certificates) is in
# tests/e2e/exit_codes.bats and tls.bats, a queue that is deleted in consume_recovery.bats.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load ../e2e/helper

setup() {
  setup_queue
  export MSCOMM_TEST_TIMEOUT=60
}

start_publisher() { # ARGUMENTS; lines are taken from descriptor 8
  mkfifo input
  start_process publisher bash -c 'exec "$0" publish "$@" <input' "$MSCOMM" "$@"
  exec 8>input
}

interrupted() { [ "$(grep -c 'connecting again' "$publisher_err")" -ge "$1" ]; }
publisher_says() { grep -qF -e "$1" "$publisher_err"; }
connected_again() { [ "$(grep -c '"connection.recovered"' "$publisher_err")" -ge "$1" ]; }
confirmed() { [ "$(grep -c '"answer":"confirmed"' "$publisher_out")" -ge "$1" ]; }
summary() { jq -r "select(.sent) | .$1" "$publisher_err"; }

# --- channels ------------------------------------------------------------------------------------

@test "404: an exchange that is deleted under a publisher" {
  amqp declare "$q"
  amqp exchange "$q-x" fanout
  amqp bind "$q" "$q-x"
  start_publisher --lines -e "$q-x"
  echo one >&8
  await 10 queue_holds "$q" 1
  amqp delete-exchange "$q-x"
  echo two >&8
  await_process publisher
  # One message was on its way, and it is the one that the broker speaks of.
  assert_equal "$status" 6
  publisher_says "no exchange '$q-x'"
  publisher_says '2 sent, 1 confirmed, 1 refused'
}

@test "404: when several were on their way nobody knows which ones it took" {
  amqp declare "$q"
  amqp exchange "$q-x" fanout
  amqp bind "$q" "$q-x"
  seq 1000000 >lines
  start_process publisher bash -c 'exec "$0" publish --lines -e "$1" --log-format json --report - <lines' "$MSCOMM" "$q-x"
  await 20 confirmed 1000
  amqp delete-exchange "$q-x"
  await_process publisher
  assert_equal "$status" 7
  # Its bindings go before it does: one may find no queue.
  assert_equal "$(summary sent)" $(($(summary confirmed) + $(summary returned) + $(summary in_doubt)))
  assert_equal "$(summary resent)" 0
  # All that was confirmed is there.
  jq -r 'select(.answer == "confirmed") | .number' "$publisher_out" >acknowledged
  run_split mscomm consume "$q" --until-empty
  /usr/bin/python3 "$tests_root/support/counters.py" 1000000 acknowledged "$out"
}

@test "403: an exchange that nobody may publish to" {
  manage PUT "exchanges/%2F/$q-internal" '{"type":"fanout","internal":true}'
  run_split mscomm publish -e "$q-internal" x
  amqp delete-exchange "$q-internal"
  assert_status 4
  assert_stderr_has 'ACCESS_REFUSED'
  assert_stderr_has '1 sent, 0 confirmed, 1 refused'
}

@test "405: a queue that is somebody else's own" {
  start_process owner mscomm consume "$q" --declare=exclusive
  locked() { run_split mscomm consume "$q" -n 1 && assert_status 1 && assert_stderr_has RESOURCE_LOCKED; }
  await 10 locked
  run_split mscomm publish -q "$q" --declare=durable x
  assert_status 1
  assert_stderr_has RESOURCE_LOCKED
  assert_stderr_has 'hint: '
}

@test "406: a message that the broker does not take, alone and among others" {
  amqp declare "$q"
  run_split mscomm publish -q "$q" --user-id nobody x
  assert_status 1
  assert_stderr_has PRECONDITION_FAILED
  assert_stderr_has "user_id property set to 'nobody'"
  assert_stderr_has '1 sent, 0 confirmed, 1 refused'
  start_publisher -q "$q" --jsonl
  echo '{"body":"good"}' >&8
  await 10 queue_holds "$q" 1
  echo '{"body":"bad","properties":{"user_id":"nobody"}}' >&8
  await_process publisher
  assert_equal "$status" 6
  publisher_says '2 sent, 1 confirmed, 1 refused'
}

# --- connections ---------------------------------------------------------------------------------

close_connections() { broker_ctl -q close_all_connections --vhost / 'the test says so'; }

# Numbers for descriptor 8, as fast as they are taken, until the flow is ended; they are kept in the file lines.
start_flow() {
  start_process numbers bash -c 'for ((n = 1; ; n += 1000)); do
    [ ! -e enough ] || exit 0
    seq $n $((n + 999)) | tee -a lines
  done >input'
}

end_flow() { # the number of lines in $numbers
  touch enough
  await_process numbers
  exec 8>&-
  numbers=$(wc -l <lines)
}

@test "forced closes under a publisher in full flow: nothing is lost" {
  local round closes
  closes=$(rounds 3 50)
  amqp declare "$q"
  start_publisher --lines -q "$q" --rate 8000/s --log-format json --report -
  start_flow
  for ((round = 1; round <= closes; round++)); do
    await 20 confirmed $((4000 * round))
    await 20 connected_again $((round - 1))
    close_connections
    await 20 interrupted $round
  done
  end_flow
  await_process publisher
  assert_equal "$status" 0
  jq -r 'select(.answer == "confirmed") | .number' "$publisher_out" >acknowledged
  assert_equal "$(wc -l <acknowledged)" "$numbers"
  run_split mscomm consume "$q" --until-empty
  /usr/bin/python3 "$tests_root/support/counters.py" "$numbers" acknowledged "$out" --resent "$(summary resent)"
}

@test "forced closes under a publisher with --on-loss fail: in doubt is what was unanswered" {
  amqp declare "$q"
  seq 1000000 >lines
  start_process publisher bash -c 'exec "$0" publish --lines -q "$1" --on-loss fail --log-format json --report - <lines' "$MSCOMM" "$q"
  await 20 confirmed 2000
  close_connections
  await_process publisher
  assert_equal "$status" 7
  publisher_says 'the test says so'
  assert_equal "$(summary sent)" $(($(summary confirmed) + $(summary in_doubt)))
  jq -r 'select(.answer == "confirmed") | .number' "$publisher_out" >acknowledged
  run_split mscomm consume "$q" --until-empty
  /usr/bin/python3 "$tests_root/support/counters.py" 1000000 acknowledged "$out"
}

@test "forced closes under a consumer in full flow: every message is printed" {
  local round closes
  closes=$(rounds 3 50)
  amqp declare "$q"
  start_process consumer mscomm consume "$q" -v
  start_publisher --lines -q "$q" --rate 8000/s --log-format json
  start_flow
  printed() { [ "$(wc -l <"$consumer_out")" -ge "$1" ]; }
  for ((round = 1; round <= closes; round++)); do
    await 20 printed $((4000 * round))
    await 20 connected_again $((round - 1))
    close_connections
    await 20 interrupted $round
  done
  end_flow
  await_process publisher
  assert_equal "$status" 0
  all_printed() { sort -nu "$consumer_out" | cmp -s - lines; }
  await 20 all_printed
  await 20 queue_holds "$q" 0
  stop_process consumer INT
  grep -qF 'connected again' "$consumer_err"
  # What comes twice was sent twice, or the broker says so.
  local twice
  twice=$(($(wc -l <"$consumer_out") - numbers))
  echo "# $(tail -n 1 "$consumer_err"); $twice printed twice"
  redelivered=$(sed -nE 's/.* ([0-9]+) redelivered.*/\1/p' "$consumer_err" | tail -n 1)
  ((twice <= ${redelivered:-0} + $(summary resent)))
}

# --- the broker ----------------------------------------------------------------------------------

@test "a broker that is restarted: publisher and consumer wait for it" {
  start_process consumer mscomm consume "$q" --declare=durable -v
  await 10 amqp exists "$q"
  start_publisher --lines -q "$q"
  echo one >&8
  await 10 grep -qx one "$consumer_out"
  broker_ctl -q stop_app
  await 10 publisher_says 'connecting again'
  echo two >&8
  broker_ctl -q start_app
  await 30 grep -qx two "$consumer_out"
  exec 8>&-
  await_process publisher
  assert_equal "$status" 0
  publisher_says '2 sent, 2 confirmed'
  stop_process consumer
}
