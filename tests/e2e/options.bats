#!/usr/bin/env bats
# What every option of every command does with an empty value, and with a file that is none. The options are
# those of the command table, so that a new one cannot be forgotten.

load helper

walk() { /usr/bin/python3 "$tests_root/support/walk_options.py" "$@"; }

@test "an empty value is refused, or the help says what it means" {
  walk empty
}

# Each has its row in the test after the next.
@test "these alone may be empty" {
  local allowed
  allowed=$(mscomm --dump-cli | jq -r '[.commands[] | .options[], .arguments[] | select(.may_be_empty) |
    if .names then .names[-1] else .name end] | unique | join(" ")')
  assert_equal "$allowed" '--app-id --data --delimiter --exchange --message-type --proxy --routing-key BODY'
}

@test "an empty value means what the help says" {
  local q
  start_service service
  q=$(fresh_queue)
  amqp declare "$q"
  export AMQP_URL=$AMQP
  http_proxy=http://127.0.0.1:1 run_split mscomm get --proxy '' "$service/health"
  assert_status 0
  run_split mscomm post -d '' "$service/echo"
  assert_status 0
  assert_equal "$(jq -c '[.body,.headers["content-length"]]' "$out")" '["","0"]'
  run_split mscomm publish --exchange '' --routing-key "$q" --app-id '' --message-type '' ''
  assert_status 0
  run_split mscomm publish -q "$q" ''
  assert_status 0
  run_split mscomm fanout "$q-x" --routing-key '' ''
  assert_status 0
  run_split mscomm consume "$q" -n 2 --format json
  assert_status 0
  assert_equal "$(jq -c '[.body,.properties.app_id,.properties.type]' "$out")" $'["","",""]\n["",null,null]'
  run_split mscomm publish -q "$q" body
  run_split mscomm consume "$q" -n 1 --delimiter ''
  printf body >expected
  assert_stdout_is expected
  run_split mscomm fanout "$q-x" --delimiter '' </dev/null
  assert_status 2
  assert_stderr_has '--delimiter: it is empty'
  amqp delete-exchange "$q-x" || true
}

@test "an empty variable counts as none" {
  local name
  start_service service
  while read -r name; do
    export "$name="
  done < <(mscomm --dump-cli | jq -r '.commands[].options[], .common_options[] | .variable | select(. != "")')
  export AMQP_URL='' NO_COLOR='' TRACEPARENT=''
  run_split mscomm get "$service/health"
  assert_status 0
  assert_stderr
  run_split mscomm probe "$service/health"
  assert_status 0
  run_split mscomm consume # what it has by default is not a queue
  assert_status 2
  assert_stderr_has 'no queue to consume from'
}

@test "what an unset variable leaves of a longer value is refused, too" {
  check_table <<'TABLE'
a file of --data       | post -d @ :1/                          | 2 | - | --data: the file after @ has no name
a file of --json       | put --json @ :1/                       | 2 | - | --json: the file after @ has no name
a file of a form       | post --form a=@ :1/                    | 2 | - | the file of 'a' has no name
a form's type          | post --form 'a=b;type=' :1/            | 2 | - | '' is not a media type
a form's file name     | post --form 'a=@b;filename=' :1/       | 2 | - | the file name after ';filename=' is empty
a header               | get -H 'Authorization: ' :1/           | 2 | - | the value of Authorization is empty
a host                 | get http:///path                       | 2 | - | host
a queue's kind         | publish -q q --declare= x              | 2 | - | --declare has no value
a circuit's name       | get --breaker= :1/                     | 2 | - | --breaker has no value
a host of brokers      | consume q -u amqp://:1                 | 2 | - | the host is missing
TABLE
}

@test "certificates and passwords may come from pipes, which are read once" {
  local q other tls=$MSCOMM_TEST_TLS_DIR
  q=$(fresh_queue) other=$(fresh_queue)
  start_service service --cert "$tls/server.pem" --key "$tls/server.key"
  run_split mscomm get "$service/health" --tls-ca <(cat "$tls/ca.pem")
  assert_status 0
  run_split mscomm get "$service/health" "$service/health" -c 2 --tls-ca <(cat "$tls/ca.pem")
  assert_status 0
  run_split mscomm publish -u "$MSCOMM_TEST_AMQPS_URL" --tls-ca <(cat "$tls/ca.pem") --declare -q "$q" x
  assert_status 0
  amqp declare "$other"
  # Two brokers, and a connection for what is taken and one for the copies.
  run_split mscomm consume -u amqp://guest@127.0.0.1:1 -u "amqp://guest@${AMQP##*@}" "$q" --until-empty \
    --to "$other" --password-file <(echo guest)
  assert_status 0
  queue_holds "$other" 1
  run_split mscomm consume -u "amqp://guest@${AMQP##*@}" "$q" --until-empty --password-file <(echo wrong)
  assert_status 4
}

@test "what is no file that ends is told in time, without memory, and Ctrl-C works" {
  walk files "$AMQP"
}
