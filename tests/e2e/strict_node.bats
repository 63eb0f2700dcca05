#!/usr/bin/env bats
# A RabbitMQ 4 as an operator may set it up today and as later versions will be: deprecated features are
# refused, a queue is a quorum queue unless it says otherwise, a connection has five channels, and the
# broker asks for no heartbeat.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load helper

setup_file() {
  [ "${MSCOMM_TEST_RABBITMQ:-3}" = 4 ] || return 0
  "$tests_root/../scripts/broker" start --dir "$BATS_FILE_TMPDIR/strict" --rabbitmq 4 --strict --management >/dev/null
}

teardown_file() {
  "$tests_root/../scripts/broker" stop --dir "$BATS_FILE_TMPDIR/strict"
}

setup() {
  [ "${MSCOMM_TEST_RABBITMQ:-3}" = 4 ] || skip 'needs RabbitMQ 4: scripts/test --rabbitmq 4'
  setup_test
  # shellcheck source=/dev/null
  . "$BATS_FILE_TMPDIR/strict/env"
  export AMQP_URL MSCOMM_TEST_TIMEOUT=20
  q=t-strict-$BATS_TEST_NUMBER
}

described() { curl -s "$MANAGEMENT_URL/api/$1"; }
strict_amqp() { amqp -u "$AMQP_URL" "$@"; }
holds() { [ "$(strict_amqp count "$1")" -eq "$2" ]; }
has_consumer() { [ "$(strict_amqp consumers "$1")" -eq 1 ]; }
kind_of() { described "queues/%2F/$1" | jq -r 'if .error then .error else "\(.type) \(.durable)" end'; }
is_gone() { [ "$(kind_of "$1")" = 'Object Not Found' ]; }
refused_as_deprecated() {
  assert_status 1
  assert_stderr_has 'Feature `transient_nonexcl_queues` is deprecated'
  assert_stderr_has '541 INTERNAL_ERROR'
  assert_stderr_has 'hint: this broker refuses transient queues: try --declare=durable'
}

# --- kinds of queues -----------------------------------------------------------------------------

@test "strict: each kind that lasts is declared, used and used again, by publish and by consume" {
  local kind first second
  local -A types=([plain]='quorum true' [durable]='quorum true' [quorum]='quorum true' [stream]='stream true')
  for kind in "${!types[@]}"; do
    first=$q-$kind-publish second=$q-$kind-consume
    local -a declare=("--declare=$kind")
    [ "$kind" != plain ] || declare=(--declare)
    run_split mscomm publish -q "$first" "${declare[@]}" one
    assert_status 0
    run_split mscomm publish -q "$first" "${declare[@]}" two
    assert_status 0
    assert_stderr 'mscomm: publish: 1 sent, 1 confirmed'
    run_split mscomm consume "$second" "${declare[@]}" --until-empty
    assert_status 8
    assert_equal "$(kind_of "$first")" "${types[$kind]}"
    assert_equal "$(kind_of "$second")" "${types[$kind]}"
    [ "$kind" = stream ] || holds "$first" 2 || complain "$first does not hold both"
  done
  for kind in plain durable quorum; do
    run_split mscomm consume "$q-$kind-publish" --until-empty
    assert_status 0
    assert_stdout one two
    assert_stderr
  done
}

@test "strict: a transient queue is refused, with the way out" {
  run_split mscomm publish -q "$q" --declare=transient x
  refused_as_deprecated
  run_split mscomm consume "$q" --declare=transient
  refused_as_deprecated
  is_gone "$q"
  run_split mscomm publish -q "$q" --declare=durable x
  assert_status 0
}

@test "strict: an exclusive queue lives as long as its consumer" {
  start_process owner mscomm consume "$q" --declare=exclusive -n 1
  await 10 mscomm publish -q "$q" x --quiet
  await_process owner
  assert_equal "$status" 0
  assert_equal "$(<"$owner_out")" x
  await 10 is_gone "$q"
}

@test "strict: an argument that only classic queues have needs that type, and the hint says so" {
  run_split mscomm publish -q "$q" --declare --queue-arg x-max-priority=5 x
  assert_status 1
  assert_stderr_has "invalid arg 'x-max-priority'"
  assert_stderr_has 'hint: queues of this type have no such argument; --queue-arg x-queue-type=classic asks for another'
  run_split mscomm publish -q "$q" --declare --queue-arg x-max-priority=5 --queue-arg x-queue-type=classic x
  assert_status 0
  assert_equal "$(kind_of "$q")" 'classic true'
}

@test "strict: what exists as another kind is an error that shows both" {
  mscomm publish -q "$q" --declare x 2>"$err"
  run_split mscomm publish -q "$q" --declare=stream x
  assert_status 1
  assert_stderr_has "queue '$q' exists with x-queue-type=quorum, but x-queue-type=stream was asked for"
  run_split mscomm publish -q "$q" --declare=transient x
  assert_status 1
  assert_stderr_has "queue '$q' exists with durable=true, but durable=false was asked for"
  run_split mscomm publish -q "$q" --declare=exclusive x
  assert_status 1
  assert_stderr_has RESOURCE_LOCKED
  assert_stderr_has 'hint: another connection holds the queue exclusively, or the queue exists and is not exclusive'
}

# --- queues of the default type ------------------------------------------------------------------

@test "strict: a queue of the default type is looked at, taken from, rejected and put back" {
  seq 6 | mscomm publish -q "$q" --declare --lines 2>"$err"
  run_split mscomm consume "$q" --peek
  assert_status 0
  assert_stdout 1 2 3 4 5 6
  run_split mscomm consume "$q" -n 1 --format json
  assert_status 0
  jq -e '.redelivered and .properties.headers["x-delivery-count"].value == 1' "$out" >/dev/null ||
    complain 'the message does not say how often it came'
  run_split mscomm consume "$q" -n 1 --ack auto
  assert_status 0
  assert_stdout 2
  run_split mscomm consume "$q" -n 1 --reject
  assert_status 0
  run_split mscomm consume "$q" -n 1 --requeue
  assert_status 0
  await 10 holds "$q" 3
  run_split mscomm consume "$q" --until-empty --format json
  assert_status 0
  assert_equal "$(jq -r .body "$out" | sort | tr '\n' ' ')" '4 5 6 '
}

@test "strict: dead letters of the default type arrive with their reason" {
  run_split mscomm consume "$q-dead" --declare --until-empty
  assert_status 8
  seq 3 | mscomm publish -q "$q" --declare --queue-arg x-dead-letter-exchange= \
    --queue-arg "x-dead-letter-routing-key=$q-dead" --lines 2>"$err"
  run_split mscomm consume "$q" --until-empty --reject
  assert_status 0
  run_split mscomm consume "$q-dead" -n 3 --format json
  assert_status 0
  assert_equal "$(jq -r '.properties.headers["x-death"][0] | "\(.queue) \(.reason)"' "$out" | sort -u)" "$q rejected"
}

@test "strict: commands work in parallel, answer and get all there is" {
  seq 40 | mscomm publish -q "$q" --declare --lines 2>"$err"
  run_split mscomm consume "$q" --until-empty --exec 'cat; echo' -c 4
  assert_status 0
  sort -n "$out" | cmp - <(seq 40)
  start_process service mscomm consume "$q" --exec 'tr a-z A-Z' --reply -n 1
  run_split mscomm publish -q "$q" --rpc --timeout 10s question
  assert_status 0
  assert_equal "$(<"$out")" QUESTION
  await_process service
  assert_equal "$status" 0
}

# --- events --------------------------------------------------------------------------------------

@test "strict: fanout --listen and a temporary queue of consume --bind hear events" {
  local type
  for type in fanout topic direct headers; do
    start_process listener mscomm fanout "$q-$type" --type "$type" --listen -r key -n 2 -v
    await 10 grep -qF 'listening' "$listener_err"
    run_split mscomm fanout "$q-$type" -r key --require-subscribers one
    assert_status 0
    start_process bound mscomm consume --bind "$q-$type:key" -n 1
    await 10 at_both "$q-$type"
    run_split mscomm fanout "$q-$type" -r key --require-subscribers two
    assert_status 0
    await_process listener
    assert_equal "$status" 0
    assert_equal "$(<"$listener_out")" $'one\ntwo'
    await_process bound
    assert_equal "$status" 0
    assert_equal "$(<"$bound_out")" two
  done
}

at_both() { # EXCHANGE: two queues are bound to it
  [ "$(described "exchanges/%2F/$1/bindings/source" | jq length)" -eq 2 ]
}

@test "strict: --bind gives a lasting queue the events" {
  run_split mscomm consume "$q" --declare --bind "$q-x" --declare-exchange topic --until-empty
  assert_status 8
  run_split mscomm fanout "$q-x" -r some.key --require-subscribers event
  assert_status 0
  run_split mscomm consume "$q" -n 1
  assert_status 0
  assert_stdout event
}

# --- the connection ------------------------------------------------------------------------------

@test "strict: probe is content at each level" {
  local level
  for level in connect login roundtrip; do
    run_split mscomm probe --level "$level" "$AMQP_URL"
    assert_status 0
    assert_stdout_has "ok "
  done
  assert_stdout_has 'RabbitMQ 4.'
}

connection() { # NAME: its heartbeat and its channels
  "$tests_root/../scripts/broker" ctl --dir "$BATS_FILE_TMPDIR/strict" -q \
    list_connections --no-table-headers timeout channel_max client_properties |
    grep -F "\"$1\"" | awk '{ print $1, $2 }'
}
is_connected() { [ -n "$(connection "$1")" ]; }

@test "strict: a broker that asks for no heartbeat gets ours, and of its five channels we need few" {
  local row options expected
  local -i n=0
  for row in '|20 5' '--heartbeat 3|3 5' '--heartbeat 0|0 5'; do
    options=${row%|*} expected=${row#*|} n+=1
    # shellcheck disable=SC2086  # two words
    start_process consumer mscomm consume "$q" --declare --connection-name "$q-$n" $options
    await 10 is_connected "$q-$n"
    assert_equal "$(connection "$q-$n")" "$expected"
    stop_process consumer INT
  done
  for n in 1 9; do
    run_split mscomm publish -u "$AMQP_URL?channel_max=$n" -q "$q" x
    assert_status 0
  done
}

@test "strict: our own heartbeat notices a frozen broker, though it asked for none" {
  start_listener relay /usr/bin/python3 "$tests_root/support/relay.py" 0 "${AMQP_URL##*@}"
  start_process consumer mscomm consume -u "${AMQP_URL%@*}@127.0.0.1:$port" "$q" --declare --heartbeat 1 -v
  await 10 has_consumer "$q"
  kill -STOP "$relay_pid"
  await 20 grep -qF 'no sign of life' "$consumer_err"
  kill -CONT "$relay_pid"
  await 20 grep -qF 'connected again' "$consumer_err"
  stop_process consumer INT
}
