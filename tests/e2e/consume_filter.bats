#!/usr/bin/env bats
# consume --filter: only the messages that an expression asks for.
#
# shellcheck disable=SC2016  # what stands in single quotes is for jq

load helper

setup() { setup_queue declared; }

numbered() { # COUNT: {"id":1} and so on
  seq "$1" | jq -c '{id: .}' | "$MSCOMM" publish -q "$q" --lines --quiet
}

@test "--filter prints what matches and puts the rest back, in order" {
  numbered 1000
  run_split mscomm consume "$q" --until-empty --filter '.json.id % 100 == 0' --jq .id -v
  assert_status 0
  seq 100 100 1000 >expected
  assert_stdout_is expected
  assert_stderr_has '10 taken, 10 acknowledged, 990 put back'
  await 10 queue_holds "$q" 990
  amqp drain "$q" --raw | jq .id | cmp - <(seq 1000 | grep -v '00$')
}

@test "messages that are held do not stall a small prefetch" {
  numbered 200
  run_split mscomm consume "$q" --prefetch 3 -n 1 --filter '.json.id == 200'
  assert_status 0
  assert_stdout '{"id":200}'
  await 10 queue_holds "$q" 199
}

@test "-n counts what matches" {
  numbered 20
  run_split mscomm consume "$q" -n 3 --filter '.json.id > 5' --jq .id
  assert_status 0
  assert_stdout 6 7 8
  await 10 queue_holds "$q" 17
}

@test "header values are plain: numbers are numbers, whatever their AMQP types" {
  local dead
  dead=$(fresh_queue)
  amqp declare "$dead" --arg x-dead-letter-exchange= --arg x-dead-letter-routing-key="$q"
  amqp delete "$q"
  amqp declare "$q" --arg x-dead-letter-exchange= --arg x-dead-letter-routing-key="$dead"
  "$MSCOMM" publish -q "$dead" --quiet -H n:='{"$amqp":"int64","value":5}' \
    -H t:='{"$amqp":"timestamp","value":1700000000}' -H b:='{"$amqp":"bytes","base64":"YWI="}' \
    -H d:='{"$amqp":"decimal","scale":2,"value":314}' -H f:='{"$amqp":"float32","value":0.5}' twice
  "$MSCOMM" consume "$dead" -n 1 --reject >/dev/null
  await 10 queue_holds "$q" 1
  run_split mscomm consume "$q" --until-empty --peek --filter '.properties.headers["x-death"][0].count > 3'
  assert_status 8
  run_split mscomm consume "$q" --until-empty --filter '.properties.headers as $h | $h.n == 5 and
    $h.t > 1600000000 and $h.b == "ab" and $h.d == 3.14 and $h.f < 1 and $h["x-death"][0].count == 1 and
    ($h["x-death"][0].time | todate | startswith("20"))' --format json
  assert_status 0
  # The record that is printed is the lossless one.
  jq -e '.properties.headers["x-death"][0].count == {"$amqp":"int64","value":1}' <"$out"
}

@test "--unmatched ack drops the rest, reject dead-letters it" {
  local dead
  dead=$(fresh_queue)
  amqp declare "$dead"
  amqp delete "$q"
  amqp declare "$q" --arg x-dead-letter-exchange= --arg x-dead-letter-routing-key="$dead"
  numbered 5
  run_split mscomm consume "$q" -n 1 --filter '.json.id == 3' --unmatched ack
  assert_status 0
  await 10 queue_holds "$q" 2
  run_split mscomm consume "$q" --until-empty --filter '.json.id == 5' --unmatched reject
  assert_status 0
  assert_equal "$(amqp drain "$dead" --raw)" '{"id":4}'
  queue_holds "$q" 0
}

@test "properties and headers are there, and a body that is no JSON has no .json" {
  amqp publish "$q" 'not json' -p '{"type":"a","headers":{"tenant":"x"}}'
  amqp publish "$q" '[1]' -p '{"type":"b"}'
  run_split mscomm consume "$q" --until-empty --filter 'has("json") | not'
  assert_stdout 'not json'
  amqp publish "$q" other -p '{"headers":{"tenant":"y"}}'
  run_split mscomm consume "$q" --until-empty --filter '.properties.headers.tenant == "y"'
  assert_stdout other
  run_split mscomm consume "$q" --until-empty --filter '.json[0] == 1'
  assert_stdout '[1]'
}

@test "a body that nests deeper than jq reads has no .json, and stops nobody" {
  local depth
  # jq's limit counts the keys on the way, too.
  for depth in 254 255 100000; do
    printf '{"a":"[\\"[","b":%s1%s}\n' "$(head -c "$depth" /dev/zero | tr '\0' '[')" \
      "$(head -c "$depth" /dev/zero | tr '\0' ']')"
  done | mscomm publish -q "$q" --lines --quiet
  run_split mscomm consume "$q" --until-empty --filter '.json | not' --format '{body_bytes}\n'
  assert_status 0
  assert_stdout 528 200018
  queue_holds "$q" 1
}

@test "nothing that matches is exit 8" {
  numbered 3
  run_split mscomm consume "$q" --until-empty --filter false
  assert_status 8
  assert_stderr "mscomm: consume: no message of queue '$q' matched"
  await 10 queue_holds "$q" 3
}

@test "a message that the expression cannot judge is named, and goes back" {
  numbered 2
  amqp publish "$q" '"text"'
  numbered 1
  run_split mscomm consume "$q" --until-empty --filter '.json.id > 0' --jq .id
  assert_status 1
  assert_stdout 1 2
  assert_stderr_has "message 3 of queue '$q'"
  await 10 queue_holds "$q" 2
}

@test "--filter chooses what --exec handles" {
  numbered 6
  run_split mscomm consume "$q" --until-empty -c 2 --filter '.json.id % 2 == 0' --exec 'jq .id'
  assert_status 0
  assert_equal "$(sort "$out" | tr '\n' ' ')" '2 4 6 '
  await 10 queue_holds "$q" 3
}

@test "bad expressions, and options that need --filter" {
  run_split mscomm consume "$q" --filter '.json.['
  assert_status 2
  assert_stderr_has '--filter'
  run_split mscomm consume "$q" --unmatched ack
  assert_status 2
  run_split mscomm consume "$q" --ack auto --filter true
  assert_status 2
}
