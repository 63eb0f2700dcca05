#!/usr/bin/env bats
# publish when the connection is lost: it goes on with another one, and nothing is lost.

load helper

setup() { setup_queue; }

publish_from() { # FILE ARGUMENTS...
  # shellcheck disable=SC2016
  start_process publisher bash -c 'file=$1 && shift && exec "$0" publish --lines "$@" <"$file"' \
    "$MSCOMM" "$@"
}

queue_has_more() { [ "$(amqp count "$q")" -gt "$1" ]; }
queue_has_messages() { queue_has_more 0; }

@test "a lost connection is replaced, and what was unanswered is sent again" {
  amqp declare "$q"
  start_relay
  mkfifo input
  publish_from input -u "$relay_url" -q "$q"
  exec 8>input
  echo one >&8
  await 10 queue_holds "$q" 1
  stop_process relay KILL
  await 10 grep -q 'connecting again' "$publisher_err"
  echo two >&8
  start_relay "$port" 8>&-
  await 10 grep -q "connected to amqp://guest@127.0.0.1:$port" "$publisher_err"
  echo three >&8
  await 10 queue_holds "$q" 3
  exec 8>&-
  await_process publisher
  assert_equal "$status" 0
  grep -qF '3 sent, 3 confirmed' "$publisher_err" || complain "$(<"$publisher_err")"
}

@test "of several brokers that do not let us in the most serious reason is told" {
  local _
  for _ in {1..6}; do # they are tried in random order
    run_split mscomm publish -u "amqp://guest:wrong@${AMQP##*@},127.0.0.1:1" -q "$q" x
    assert_status 4
  done
}

@test "the next of several brokers takes over" {
  amqp declare "$q"
  start_relay
  seq 1 2000 >lines
  publish_from lines -u "$relay_url,${AMQP##*@}" -q "$q" --rate 1000/s --log-format json
  await 10 queue_has_messages
  stop_process relay KILL
  await_process publisher
  assert_equal "$status" 0
  assert_equal "$(jq -c 'select(.sent) | [.sent, .confirmed, .in_doubt]' "$publisher_err")" \
    '[2000,2000,0]'
  resent=$(jq 'select(.sent) | .resent' "$publisher_err")
  amqp drain "$q" | jq -r .body | sort -n >got
  sort -nu got | cmp - lines
  (($(wc -l <got) <= 2000 + resent)) || complain 'more duplicates than were sent again'
}

@test "what is sent again keeps its message id" {
  amqp declare "$q"
  start_relay
  local round kills messages
  kills=$(rounds 3 50)
  messages=$((500 * kills))
  seq "$messages" >lines
  publish_from lines -u "$relay_url" -q "$q" --rate 500/s --report -
  for ((round = 1; round <= kills; round++)); do
    await 20 queue_has_more $((400 * (round - 1)))
    stop_process relay KILL
    start_relay "$port"
  done
  await_process publisher
  assert_equal "$status" 0
  assert_equal "$(jq -r 'select(.answer == "confirmed") | .number' "$publisher_out" | sort -nu | wc -l)" "$messages"
  amqp drain "$q" | jq -r '[.properties.message_id, .body] | @tsv' | sort -u | wc -l >distinct
  assert_equal "$(<distinct)" "$messages"
}

@test "--on-loss fail stops and says what is in doubt" {
  amqp declare "$q"
  start_relay
  seq 1 100000 >lines
  publish_from lines -u "$relay_url" -q "$q" --rate 500/s --on-loss fail --log-format json
  await 10 queue_has_messages
  stop_process relay KILL
  await_process publisher
  [[ $status == [37] ]] || complain "status $status"
  jq -e 'select(.sent) | .sent == .confirmed + .in_doubt and .resent == 0' "$publisher_err"
}

@test "without a broker that comes back it is in doubt at the deadline" {
  amqp declare "$q"
  start_relay
  seq 1 1000000 >lines
  publish_from lines -u "$relay_url" -q "$q" --timeout 4s --log-format json
  await 10 queue_has_messages
  stop_process relay KILL
  await_process publisher
  assert_equal "$status" 7
  jq -e 'select(.sent) | .sent == .confirmed + .in_doubt and .in_doubt > 0' "$publisher_err"
}
