#!/usr/bin/env bats
# Dead letters that go back, by consume and by publish: --to-origin.

load helper

setup() {
  setup_test
  export AMQP_URL=$AMQP
  q=$(fresh_queue)
  dead=$(fresh_queue)
  retry=$(fresh_queue)
  amqp declare "$dead"
  amqp exchange "$q-x" topic
}

teardown() {
  amqp delete-exchange "$q-x"
  teardown_test
}

dead_letters_to() { # QUEUE: the arguments of a queue
  echo --arg 'x-dead-letter-exchange=""' --arg "x-dead-letter-routing-key=\"$1\""
}

@test "a dead letter goes back to its exchange with its key" {
  # shellcheck disable=SC2046  # several words
  amqp declare "$q" $(dead_letters_to "$dead")
  amqp bind "$q" "$q-x" 'order.#'
  mscomm publish -e "$q-x" -r order.paid --quiet -H attempt:=1 --message-id m1 body
  mscomm publish -q "$q" --quiet 'straight to the queue'
  mscomm publish -q "$dead" --quiet --message-id m3 'no dead letter'
  mscomm consume "$q" -n 2 --reject >/dev/null
  await 10 queue_holds "$dead" 3
  run_split mscomm consume "$dead" --to-origin --until-empty
  assert_status 6
  assert_stderr_has "message 1 (id 'm3') stays in queue '$dead': it has no header x-death that says where it was"
  assert_stderr_has '2 forwarded, 1 left in the queue'
  mscomm consume "$q" --until-empty --format json >got
  assert_equal "$(jq -c '[.exchange, .routing_key, .body, .properties.headers.attempt]' got)" \
    "[\"$q-x\",\"order.paid\",\"body\",1]
[\"\",\"$q\",\"straight to the queue\",null]"
  # It begins anew, and what was is told.
  assert_equal "$(jq -c '.properties.headers | [has("x-death"), has("x-first-death-queue"),
    .["x-mscomm-death"][0].reason, .["x-mscomm-returns"]]' got)" '[false,false,"rejected",1]
[false,false,"rejected",1]'
}

# Rejected once, expired in a queue for another try, and rejected again: dead.
die_by_way_of_a_retry() {
  # shellcheck disable=SC2046  # several words
  amqp declare "$q" $(dead_letters_to "$retry")
  # shellcheck disable=SC2046  # several words
  amqp declare "$retry" $(dead_letters_to "$q") --arg x-message-ttl=1
  amqp bind "$q" "$q-x" 'order.#'
  mscomm publish -e "$q-x" -r order.paid --quiet body
  mscomm consume "$q" -n 1 --reject >/dev/null
  await 10 queue_holds "$q" 1
  mscomm consume "$q" --to "$dead" --until-empty --quiet
}

@test "the first death is where it was published to, the last where it came from" {
  die_by_way_of_a_retry
  run_split mscomm consume "$dead" --to-origin=last --dry-run
  assert_stdout_has ": to queue '$retry'"
  run_split mscomm consume "$dead" --to-origin --dry-run
  assert_stdout_has ": to exchange '$q-x' with key 'order.paid'"
  mscomm consume "$dead" --peek --format json >record
  mscomm publish --jsonl --to-origin --quiet <record
  run_split mscomm consume "$q" -n 1 --format '{exchange} {routing_key} {headers.x-mscomm-returns}\n'
  assert_stdout "$q-x order.paid 1"
  mscomm consume "$dead" --to-origin --until-empty --quiet
  run_split mscomm consume "$q" -n 1 --format '{exchange} {routing_key} {headers.x-mscomm-returns}\n'
  assert_stdout "$q-x order.paid 1"
}

@test "a second return is counted, and a copy elsewhere keeps its deaths" {
  local parked
  parked=$(fresh_queue)
  amqp declare "$parked"
  # shellcheck disable=SC2046  # several words
  amqp declare "$q" $(dead_letters_to "$dead")
  mscomm publish -q "$q" --quiet body
  for _ in 1 2; do
    mscomm consume "$q" -n 1 --reject >/dev/null
    await 10 queue_holds "$dead" 1
    mscomm consume "$dead" --to "$parked" --until-empty --quiet
    mscomm consume "$parked" --to-origin --until-empty --quiet
  done
  run_split mscomm consume "$q" -n 1 --format '{headers.x-mscomm-returns} {headers.x-death}\n'
  assert_stdout '2 '
}

# Up to RabbitMQ 3.12 a message with an x-death of an earlier life is taken for one in a cycle.
@test "what comes back to where it expired is not dropped when it expires again" {
  # shellcheck disable=SC2046  # several words
  amqp declare "$q" $(dead_letters_to "$retry") --arg x-message-ttl=1
  # shellcheck disable=SC2046  # several words
  amqp declare "$retry" $(dead_letters_to "$dead") --arg x-message-ttl=1
  mscomm publish -q "$q" --quiet body
  await 10 queue_holds "$dead" 1
  run_split mscomm consume "$dead" --to-origin -n 1
  assert_status 0
  await 10 queue_holds "$dead" 1
  run_split mscomm consume "$dead" --to "$q" -n 1
  assert_status 0
  await 10 queue_holds "$dead" 1
  mscomm consume "$dead" --peek --format json >record
  mscomm publish --jsonl --to-origin --quiet <record
  await 10 queue_holds "$dead" 2
}

@test "a message with several keys goes to the queue where it died, and to no other" {
  # shellcheck disable=SC2046  # several words
  amqp declare "$q" $(dead_letters_to "$dead")
  amqp declare "$retry"
  amqp bind "$q" "$q-x" b
  amqp bind "$retry" "$q-x" a
  amqp publish -e "$q-x" a body -p '{"headers":{"CC":["b"]}}'
  queue_holds "$retry" 1
  mscomm consume "$q" -n 1 --reject >/dev/null
  await 10 queue_holds "$dead" 1
  run_split mscomm consume "$dead" --to-origin --until-empty
  assert_status 0
  queue_holds "$q" 1
  queue_holds "$retry" 1
}

@test "a dead letter whose place is gone stays" {
  # shellcheck disable=SC2046  # several words
  amqp declare "$q" $(dead_letters_to "$dead")
  mscomm publish -q "$q" --quiet body
  mscomm consume "$q" -n 1 --reject >/dev/null
  await 10 queue_holds "$dead" 1
  amqp delete "$q"
  run_split mscomm consume "$dead" --to-origin --until-empty
  assert_status 1
  assert_stderr_has "the copy to queue '$q' came back: 312 NO_ROUTE"
  queue_holds "$dead" 1
}

@test "a dead letter that would come back to its own queue stays" {
  # shellcheck disable=SC2046  # several words
  amqp declare "$q" $(dead_letters_to "$q")
  mscomm publish -q "$q" --quiet body
  mscomm consume "$q" -n 1 --reject >/dev/null
  await 10 queue_holds "$q" 1
  run_split mscomm consume "$q" --to-origin --until-empty
  assert_status 1
  assert_stderr_has 'it would come back to the queue that it is taken from'
  queue_holds "$q" 1
}
