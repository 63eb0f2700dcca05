#!/usr/bin/env bats
# Forwarding: copies of messages elsewhere, and what cannot be placed stays where it is.
#
# The messages of one test are random; see choose_seed.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load helper

setup() {
  setup_test
  export AMQP_URL=$AMQP
  src=$(fresh_queue)
  dst=$(fresh_queue)
  amqp declare "$src"
  amqp declare "$dst"
}

bodies() { mscomm consume "$1" --until-empty --idle 5s; }

@test "a message is copied to another queue and then acknowledged" {
  seq 1000 | mscomm publish -q "$src" --lines --quiet
  run_split mscomm consume "$src" --to "$dst" --until-empty
  assert_status 0
  assert_stdout
  assert_stderr 'mscomm: consume: 1000 forwarded'
  queue_holds "$src" 0
  bodies "$dst" >got
  seq 1000 | cmp - got
}

@test "a copy is the message as it was, byte for byte" {
  local seed count=10000
  choose_seed
  lossless() { /usr/bin/python3 "$tests_root/support/lossless.py" "$@"; }
  lossless send "$src" "$seed" $count
  mscomm consume "$src" --to "$dst" --until-empty --quiet
  queue_holds "$src" 0
  lossless check "$dst" "$seed" $count
}

@test "a large body is copied, too" {
  head -c 3000000 /dev/urandom >large
  mscomm publish -q "$src" --file large --quiet
  mscomm publish -q "$src" --quiet small
  run_split mscomm consume "$src" --to "$dst" --until-empty
  assert_status 0
  mscomm consume "$dst" -n 1 --delimiter '' >got
  cmp large got
  queue_holds "$dst" 1
}

@test "-n takes so many and leaves the next" {
  seq 5 | mscomm publish -q "$src" --lines --quiet
  run_split mscomm consume "$src" --to "$dst" -n 3
  assert_status 0
  queue_holds "$src" 2
  queue_holds "$dst" 3
}

@test "an exchange gets the message's own key, or the one that is given" {
  amqp exchange "$src-x" topic
  amqp bind "$dst" "$src-x" 'eu.#'
  mscomm publish -q "$src" --quiet 'its key is the name of a queue'
  run_split mscomm consume "$src" --to-exchange "$src-x" --until-empty
  assert_status 1
  assert_stderr_has "the copy to exchange '$src-x' with key '$src' came back: 312 NO_ROUTE"
  queue_holds "$src" 1
  run_split mscomm consume "$src" --to-exchange "$src-x:eu.1" --until-empty
  assert_status 0
  run_split mscomm consume "$dst" -n 1 --format '{exchange} {routing_key}: {body}\n'
  assert_stdout "$src-x eu.1: its key is the name of a queue"
  amqp bind "$src" "$src-x" 'us.#'
  mscomm publish -e "$src-x" -r us.7 --quiet keeps
  amqp bind "$dst" amq.topic 'us.#'
  mscomm consume "$src" --to-exchange amq.topic -n 1 --quiet
  run_split mscomm consume "$dst" -n 1 --format '{exchange} {routing_key}: {body}\n'
  assert_stdout 'amq.topic us.7: keeps'
  amqp delete-exchange "$src-x"
}

@test "what comes back stays, and the rest is forwarded" {
  amqp exchange "$src-x" direct
  amqp bind "$dst" "$src-x" good
  amqp bind "$src" "$src-x" good
  amqp bind "$src" "$src-x" bad
  local key
  for key in good bad good bad good; do
    amqp publish -e "$src-x" $key $key
  done
  amqp exchange "$src-y" direct
  amqp bind "$dst" "$src-y" good
  run_split mscomm consume "$src" --to-exchange "$src-y" --until-empty
  assert_status 6
  assert_stderr_has "message 2 stays in queue '$src': the copy to exchange '$src-y' with key 'bad' came back: 312 NO_ROUTE"
  assert_stderr_has 'mscomm: consume: 3 forwarded, 2 left in the queue'
  run_split bodies "$src"
  assert_stdout bad bad
  amqp delete-exchange "$src-x"
  amqp delete-exchange "$src-y"
}

@test "of messages that are alike the one that came back stays" {
  local n
  amqp exchange "$src-x" headers
  amqp bind "$dst" "$src-x" '' --arg goes=1
  # Without a message id, of one size, with one route.
  for n in {1..200}; do
    printf '{"exchange":"","properties":{"headers":{"goes":%d}},"body":"%03d"}\n' $((n % 3 != 0)) "$n"
  done >records
  mscomm publish -q "$src" --jsonl --quiet <records
  run_split mscomm consume "$src" --to-exchange "$src-x:" --until-empty
  assert_status 6
  assert_stderr_has '134 forwarded, 66 left in the queue'
  bodies "$dst" >placed
  jq -r 'select(.properties.headers.goes == 1) | .body' records | cmp - placed
  bodies "$src" >left
  jq -r 'select(.properties.headers.goes == 0) | .body' records | cmp - left
  amqp delete-exchange "$src-x"
}

@test "only the first ten that stay are told one by one" {
  seq 12 | mscomm publish -q "$src" --lines --quiet
  run_split mscomm consume "$src" --to "$src-nowhere" --until-empty
  assert_status 1
  assert_equal "$(grep -c 'warning: message' "$err")" 10
  assert_stderr_has '(more are only counted)'
  assert_stderr_has '0 forwarded, 12 left in the queue'
  queue_holds "$src" 12
}

@test "a full queue that refuses leaves everything where it is" {
  local full
  full=$(fresh_queue)
  amqp declare "$full" --arg x-max-length=2 --arg 'x-overflow="reject-publish"'
  seq 5 | mscomm publish -q "$src" --lines --quiet
  run_split mscomm consume "$src" --to "$full" --until-empty
  assert_status 6
  assert_stderr_has 'was refused by the broker (nack)'
  assert_stderr_has '2 forwarded, 3 left in the queue'
  run_split mscomm consume "$src" --to "$full" --until-empty
  assert_status 1
  run_split bodies "$src"
  assert_stdout 3 4 5
}

@test "a missing exchange ends the run, and everything stays" {
  seq 5 | mscomm publish -q "$src" --lines --quiet
  run_split mscomm consume "$src" --to-exchange "$src-none"
  assert_status 1
  assert_stderr_has "no exchange '$src-none'"
  assert_stderr_lacks 'warning'
  assert_stderr_lacks 'twice'
  queue_holds "$src" 5
}

@test "a filter chooses, jq makes what is sent" {
  printf '%s\n' '{"n":1,"to":["a","b"]}' '{"n":2,"to":[]}' 'no JSON' '{"n":4,"to":["c"]}' |
    mscomm publish -q "$src" --lines --quiet --content-type x
  run_split mscomm consume "$src" --to "$dst" --filter '.json.n == 1' --until-empty
  assert_status 0
  queue_holds "$src" 3
  mscomm consume "$dst" --to "$src" --until-empty --quiet
  run_split mscomm consume "$src" --to "$dst" --jq '.to[] | "to \(.)\n!"' --until-empty
  assert_status 6
  assert_stderr_has "stays in queue '$src': it cannot be copied: --jq: this is not JSON"
  assert_stderr_has '2 forwarded, 2 left in the queue'
  run_split mscomm consume "$dst" --until-empty --format '{content_type}: {body}|\n'
  assert_stdout 'x: to c' '!|' 'x: to a' '!|' 'x: to b' '!|'
  # Without a result there is no copy, so the message stays.
  run_split bodies "$src"
  assert_stdout '{"n":2,"to":[]}' 'no JSON'
}

@test "a message is acknowledged when all of its copies are placed" {
  local full
  full=$(fresh_queue)
  amqp declare "$full" --arg x-max-length=1 --arg 'x-overflow="reject-publish"'
  mscomm publish -q "$src" --quiet '[1,2]'
  run_split mscomm consume "$src" --to "$full" --jq '.[]' --until-empty
  assert_status 1
  assert_stderr_has '0 forwarded, 1 left in the queue, 1 may be there twice'
  queue_holds "$src" 1
}

@test "a dry run says where messages would go and takes nothing" {
  mscomm publish -q "$src" --quiet --message-id 'a
b' '[1,2]'
  run_split mscomm consume "$src" --to "$dst" --dry-run
  assert_status 0
  assert_stdout "message 1 (id 'a\\nb'): to queue '$dst'"
  run_split mscomm consume "$src" --to-exchange "$src-none:key" --jq '.[]' --dry-run
  assert_stdout "message 1 (id 'a\\nb'): to exchange '$src-none' with key 'key', 2 copies"
  run_split mscomm consume "$src" --to-origin --dry-run
  assert_stdout "message 1 (id 'a\\nb'): stays: it has no header x-death that says where it was"
  queue_holds "$src" 1
  queue_holds "$dst" 0
}

@test "a rate is kept, and what is not yet due stays with the broker" {
  seq 6 | mscomm publish -q "$src" --lines --quiet
  start_process slow mscomm consume "$src" --to "$dst" --rate 1/h --until-empty
  await 10 queue_holds "$dst" 1
  # One more is prefetched.
  await 10 queue_holds "$src" 4
  stop_process slow INT
  assert_equal "$status" 130
  queue_holds "$src" 5
  run_split mscomm consume "$src" --to "$dst" --rate 100/s --until-empty
  assert_status 0
  queue_holds "$dst" 6
}

@test "what the broker would act on is kept under another name" {
  local other
  other=$(fresh_queue)
  amqp declare "$other"
  amqp publish "$src" body -p "{\"headers\":{\"CC\":[\"$other\"],\"x-delivery-count\":7,\"kept\":1}}"
  queue_holds "$other" 1
  mscomm consume "$src" --to "$dst" --until-empty --quiet
  queue_holds "$other" 1
  run_split mscomm consume "$dst" -n 1 --format '{headers}\n'
  assert_stdout "{\"kept\":1,\"x-mscomm-cc\":[\"$other\"]}"
}

@test "the user of another publisher does not make the broker refuse the copy" {
  broker_ctl -q add_user "$src" secret
  broker_ctl -q set_permissions "$src" '' '.*' '.*'
  mscomm publish -u "${AMQP/guest:guest/$src:secret}" -q "$src" --user-id "$src" --quiet other
  mscomm publish -q "$src" --user-id guest --quiet own
  run_split mscomm consume "$src" --to "$dst" --until-empty
  assert_status 0
  run_split mscomm consume "$dst" --until-empty --format '{body} {user_id} {headers.x-mscomm-user-id}\n'
  assert_stdout "other  $src" 'own guest '
  broker_ctl -q delete_user "$src"
}

@test "a circle is refused" {
  mscomm publish -q "$src" --quiet body
  run_split mscomm consume "$src" --to "$src"
  assert_status 2
  assert_stderr_has 'for ever'
  run_split mscomm consume "$src" --to "$src" --to-url "${AMQP/127.0.0.1/localhost}"
  assert_status 2
  # With another virtual host it is another queue, which here nobody may reach.
  run_split mscomm consume "$src" --to "$src" --to-url "$AMQP/other"
  assert_status 1
  queue_holds "$src" 1
}

@test "options that make no sense with forwarding are refused" {
  check_table <<'TABLE'
two targets       | consume q --to a --to-origin            | 2 | - | --to
print and forward | consume q --to a --format json          | 2 | - | --format
command           | consume q --to a --exec true            | 2 | - | --exec
save              | consume q --to a --save d               | 2 | - | --save
peek              | consume q --to a --peek                 | 2 | - | --dry-run
reject            | consume q --to a --reject               | 2 | - | --reject
at most once      | consume q --to a --ack auto             | 2 | - | --ack
no target         | consume q --to-url amqp://localhost     | 2 | - | --to
rate              | consume q --rate 1/s                    | 2 | - | --rate
no name           | consume q --to ''                       | 2 | - | --to: it is empty
no exchange       | consume q --to-exchange :key            | 2 | - | hint: --to key is the queue of the default exchange
nothing           | consume q --to-exchange :               | 2 | - | =mscomm: consume: --to-exchange: the name is empty\nhint: --to names a queue of the default exchange\n
not a death       | consume q --to-origin=second            | 2 | - | --to-origin
TABLE
}

@test "events that are listened to can be forwarded" {
  start_process listener mscomm fanout "$src-x" --listen --to "$dst" -n 1 -v
  await 10 has_text "$listener_err" 'listening'
  mscomm fanout "$src-x" --quiet event
  await_process listener
  assert_equal "$status" 0
  queue_holds "$dst" 1
  amqp delete-exchange "$src-x"
}

@test "who may not publish to the target is told before anything is taken" {
  broker_ctl -q add_user "$src" secret
  broker_ctl -q set_permissions "$src" '' '' '.*'
  seq 3 | mscomm publish -q "$src" --lines --quiet
  run_split mscomm consume "$src" -u "${AMQP/guest:guest@/$src:secret@}" --to "$dst" --until-empty
  assert_status 4
  assert_stderr_has 'copies to amqp://'
  run_split mscomm consume "$src" --until-empty --format '{body} {redelivered}\n'
  assert_stdout '1 false' '2 false' '3 false'
  broker_ctl -q delete_user "$src"
}
