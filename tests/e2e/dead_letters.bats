#!/usr/bin/env bats
# Dead letters: looked at, changed and put back where they came from.

load helper

setup() {
  setup_queue
  dead=$q-dead
  mscomm publish --declare --queue-arg x-dead-letter-exchange= \
    --queue-arg "x-dead-letter-routing-key=$dead" --bind "$q-x:order.paid" \
    --declare-exchange topic -q "$q" --quiet 'to be thrown away'
  mscomm consume "$q" --until-empty --quiet >/dev/null
  amqp declare "$dead"
}

teardown() {
  amqp delete "$dead"
  amqp delete-exchange "$q-x"
  teardown_test
}

@test "a dead letter goes back to its exchange and key, edited by jq on the way" {
  mscomm publish -e "$q-x" -r order.paid --quiet -H attempt:=1 '{"total":"12"}'
  mscomm publish -q "$q" --quiet 'straight to the queue'
  mscomm consume "$q" -n 2 --reject >/dev/null
  await 10 queue_holds "$dead" 2
  mscomm consume "$dead" --until-empty --format json |
    jq -c 'if .body == "{\"total\":\"12\"}" then .body = "{\"total\":12}" else . end' |
    mscomm publish --jsonl --to-origin --quiet
  queue_holds "$dead" 0
  mscomm consume "$q" --until-empty --format json >got
  assert_equal "$(jq -c '[.exchange, .routing_key, .body, .properties.headers.attempt]' got)" \
    "[\"$q-x\",\"order.paid\",\"{\\\"total\\\":12}\",1]
[\"\",\"$q\",\"straight to the queue\",null]"
}

@test "a message that is no dead letter is refused before anything of it is sent" {
  mscomm publish -q "$q" --quiet alive
  mscomm consume "$q" -n 1 --format json >record
  run_split mscomm publish --jsonl --to-origin <record
  assert_status 2
  assert_stderr_has 'standard input line 1: the message has no header x-death'
  run_split mscomm publish --lines --to-origin <record
  assert_status 2
  run_split mscomm publish --jsonl --to-origin -q "$q" <record
  assert_status 2
}

@test "a folder with one message that is no dead letter is refused before any is sent" {
  mscomm publish -q "$q" --quiet dies
  mscomm consume "$q" -n 1 --reject >/dev/null
  await 10 queue_holds "$dead" 1
  mscomm consume "$dead" -n 1 --quiet --save folder
  mscomm publish -q "$q" --quiet lives
  mscomm consume "$q" -n 1 --quiet --save folder --append
  run_split mscomm publish --dir folder --to-origin
  assert_status 2
  assert_stderr_has "'folder/000000002-"
  assert_stderr_has 'the message has no header x-death'
  queue_holds "$q" 0
  rm folder/000000002-*
  mscomm publish --dir folder --to-origin
  queue_holds "$q" 1
}

@test "a dead letter whose headers no longer fit a frame is read" {
  local dead large i
  local -a headers=()
  dead=$(fresh_queue)
  amqp declare "$dead"
  amqp declare "$q-source" --arg x-dead-letter-exchange= --arg x-dead-letter-routing-key="$dead"
  large=$(printf '%010000d' 0)
  for ((i = 0; i < 13; i++)); do
    headers+=(-H "h$i=$large")
  done
  # With x-death it is longer than the 131072 bytes of a frame.
  run_split mscomm publish -q "$q-source" "${headers[@]}" -H "last=${large:0:750}" body
  assert_status 0
  mscomm consume "$q-source" -n 1 --reject
  await 10 queue_holds "$dead" 1
  run_split mscomm consume "$dead" -n 1 --format '{body} {headers.x-death}\n'
  assert_status 0
  assert_stdout_has 'body [{"count"'
  amqp delete "$q-source"
}
