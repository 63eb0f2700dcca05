#!/usr/bin/env bats
# publish: how often, how fast, and what is said about each message.

load helper

setup() { setup_queue; }

bodies() { amqp drain "$q" | jq -r .body; }

@test "--count repeats the body, --template fills it in" {
  amqp declare "$q"
  run_split mscomm publish -q "$q" --count 3 '{"n":{seq}}'
  assert_status 0
  assert_stderr_has '3 sent, 3 confirmed'
  run_split bodies
  assert_stdout '{"n":{seq}}' '{"n":{seq}}' '{"n":{seq}}'
  run_split mscomm publish -q "$q" --count 2 --template '{"n":{seq},"id":"{uuid}","at":"{now}"}'
  assert_status 0
  bodies >got
  assert_equal "$(jq -c .n got | xargs)" '1 2'
  assert_equal "$(jq -r .id got | sort -u | grep -cE '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')" 2
  assert_equal "$(jq -r .at got | grep -cE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]*Z$')" 2
  printf 'from stdin' | mscomm publish -q "$q" --count 2 --quiet
  run_split bodies
  assert_stdout 'from stdin' 'from stdin'
}

@test "--count and several messages contradict each other" {
  for option in --lines --null --jsonl '--delimiter ,'; do
    # shellcheck disable=SC2086
    run_split mscomm publish -q "$q" --count 2 $option </dev/null
    assert_status 2
    assert_stderr_has 'exclude each other'
  done
}

@test "--rate: an open loop at the rate that was asked for" {
  amqp declare "$q"
  run_split mscomm publish -q "$q" --count 40 --rate 100/s x --log-format json
  assert_status 0
  # 39 intervals of 10 ms; only that it is not faster is certain.
  jq -e '.sent == 40 and .elapsed_ms >= 390' "$err"
  for rate in 0 -1 fast 10/d; do
    run_split mscomm publish -q "$q" --rate="$rate" x
    assert_status 2
    assert_stderr_has 'is not a rate'
  done
}

@test "--rate: input that comes late is not caught up with a burst" {
  amqp declare "$q"
  mkfifo input
  # shellcheck disable=SC2016
  start_process publisher bash -c 'exec "$0" publish -q "$1" --lines --rate 20/s <input' \
    "$MSCOMM" "$q"
  exec 8>input
  # Longer than the three messages would take.
  await 10 queue_has_publisher
  sleep 0.4
  printf 'a\nb\nc\n' >&8
  before=$(date +%s%N)
  await 10 queue_holds "$q" 3
  (($(date +%s%N) - before >= 90000000)) || complain 'the rate was exceeded'
}

queue_has_publisher() { broker_ctl -q list_connections client_properties | grep -q 'mscomm publish'; }

@test "--report -: what became of each message" {
  mscomm publish --declare --queue-arg x-max-length=1 --queue-arg x-overflow=reject-publish \
    -q "$q" --quiet 'the first'
  mscomm publish -q "$q" --report - --message-id m1 again >refused || true
  run_split jq -c 'del(.routing_key)' refused
  assert_stdout \
    '{"number":1,"outcome":"failed","answer":"refused","exchange":"","message_id":"m1","times_sent":1}'
  run_split mscomm publish -q "no-$q" --report - --message-id m2 hello
  assert_status 1
  assert_equal "$(jq -c '[.answer, .outcome]' "$out")" '["returned","failed"]'
  run_split mscomm publish -q "$q" --report - --no-confirm x
  assert_status 2
  assert_stderr_has '--report and --no-confirm exclude each other'
}

@test "--report FILE.jsonl: the same lines in a file, whose ending says what it is" {
  amqp declare "$q"
  run_split mscomm publish -q "$q" --report answers.jsonl --message-id m1 hello
  assert_status 0
  assert_stdout
  assert_equal "$(jq -c '[.answer, .message_id]' answers.jsonl)" '["confirmed","m1"]'
  # shellcheck disable=SC2016
  run_split bash -c 'exec "$0" publish -q "$1" --report >(jq -r .answer >answer) x' "$MSCOMM" "$q"
  assert_status 0
  await 5 test -s answer
  assert_equal "$(cat answer)" confirmed
  local name
  for name in json answers.html answers.json .jsonl; do
    run_split mscomm publish -q "$q" --report "$name" x
    assert_status 2
    assert_stderr_has "--report: '$name' does not end in .jsonl"
    [ ! -e "$name" ]
  done
  run_split mscomm publish -q "$q" --report no/answers.jsonl x
  assert_status 11
  queue_holds "$q" 2
}

@test "--report -: a reader that has enough does not stop the messages" {
  amqp declare "$q"
  seq 5000 | mscomm publish -q "$q" --lines --report - --quiet | head -n 1 >first
  assert_equal "$(jq .number first)" 1
  await 10 queue_holds "$q" 5000
}
