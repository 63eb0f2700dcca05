#!/usr/bin/env bats
# What a listener leaves behind: nothing of its own.

load helper

setup() {
  setup_queue
  x=$q-x
}

teardown() {
  [ ! -e user ] || broker_ctl -q delete_user "$q"
  teardown_test
  amqp delete-exchange "$x" || true
  amqp delete-exchange "$x-2" || true
}

exists() { amqp exchange-exists "$1"; }
missing() { ! amqp exchange-exists "$1"; }

is_gone() { await 10 missing "${1:-$x}"; }
is_kept() { exists "${1:-$x}" || complain "the exchange is gone"; }

listen() { # NAME [ARGUMENT...]: a listener that is there
  start_process "$1" mscomm fanout "$x" --listen -v "${@:2}"
  await 10 grep -q listening "$BATS_TEST_TMPDIR/$1.err"
  is_kept
}

through_relay() { # the URL of the broker behind $relay_pid
  start_listener relay /usr/bin/python3 "$tests_root/support/relay.py" 0 "${AMQP##*@}"
  url=${AMQP%@*}@127.0.0.1:$port
}

@test "the exchange of a listener that heard nothing goes with it, however it ends" {
  run_split mscomm fanout "$x" --listen --idle 50ms
  assert_status 8
  is_gone
  run_split mscomm fanout "$x" --listen --until-empty
  assert_status 8
  is_gone
  run_split mscomm fanout "$x" --listen --timeout 300ms
  assert_status 8
  is_gone
  local signal
  for signal in INT TERM HUP; do
    listen "$signal"
    stop_process "$signal" "$signal"
    assert_equal "$status" $((128 + $(kill -l "$signal")))
    is_gone
    [ "$(grep -c 'still be there' "$BATS_TEST_TMPDIR/$signal.err")" -eq 0 ]
  done
  # shellcheck disable=SC2016  # for the shell that is started
  start_process piped bash -c '"$1" fanout "$2" --listen | true' listener "$MSCOMM" "$x"
  await_process piped
  assert_equal "$status" 0
  is_gone
}

@test "the exchange of a listener that cannot begin goes with it" {
  run_split mscomm fanout "$x" --listen -o "$PWD/nowhere/file"
  assert_status 11
  is_gone
  run_split mscomm fanout "$x" --listen -r "$(printf '%0300d' 0)"
  assert_status 2
  is_gone
  run_split mscomm fanout "$x" --listen --exec cat --on-fail park --park "$q-missing"
  assert_status 1
  is_gone
}

@test "of each type, and of each exchange that consume is to bind to" {
  local type
  for type in topic direct headers; do
    run_split mscomm fanout "$x" --type $type --transient --listen --idle 50ms
    assert_status 8
    is_gone
  done
  run_split mscomm consume --bind "$x:a" --bind "$x:b" --bind "$x-2" --declare-exchange topic --idle 50ms
  assert_status 8
  is_gone
  is_gone "$x-2"
  run_split mscomm consume "$q" --declare=exclusive --bind "$x" --declare-exchange topic --idle 50ms
  assert_status 8
  is_gone
}

@test "what was there before stays, and what is asked for to last" {
  amqp exchange "$x" fanout --durable
  run_split mscomm fanout "$x" --listen --idle 50ms
  run_split mscomm consume --bind "$x" --declare-exchange fanout --idle 50ms
  assert_status 8
  is_kept
  amqp delete-exchange "$x"
  run_split mscomm fanout "$x" --listen --durable --idle 50ms
  assert_status 8
  is_kept
  amqp delete-exchange "$x"
  run_split mscomm consume "$q" --declare --bind "$x" --declare-exchange fanout --idle 50ms
  assert_status 8
  is_kept
  mscomm fanout "$x" --require-subscribers --quiet event
  queue_holds "$q" 1
}

@test "an exchange through which an event came stays, and its publisher goes on" {
  mkfifo events
  listen one -n 1
  # shellcheck disable=SC2016  # for the shell that is started
  start_process publisher bash -c '"$1" fanout "$2" --lines <events' publisher "$MSCOMM" "$x"
  exec {input}>events
  echo first >&"$input"
  await_process one
  assert_equal "$status" 0
  assert_equal "$(<"$one_out")" first
  is_kept
  # It would be told 404 on a closed channel.
  echo second >&"$input"
  exec {input}>&-
  await_process publisher
  assert_equal "$status" 0
  grep -qF '2 sent, 1 confirmed, 1 heard by nobody' "$publisher_err"
}

@test "an event that the filter leaves out came, too" {
  listen one --filter '.body == "other"' --idle 300ms
  mscomm fanout "$x" --require-subscribers --quiet event
  await_process one
  is_kept
}

@test "of two exchanges the one goes through which nothing came" {
  start_process one mscomm consume --bind "$x" --bind "$x-2" --declare-exchange fanout -n 1
  heard() { exists "$x" && mscomm fanout "$x" --require-subscribers --quiet event; }
  await 10 heard
  await_process one
  assert_equal "$status" 0
  is_kept
  is_gone "$x-2"
}

@test "the binding of somebody else keeps the exchange, in silence" {
  listen one
  listen two
  stop_process one INT
  assert_equal "$status" 130
  is_kept
  assert_equal "$(grep -ciE 'warning|error|use|there' "$one_err" || true)" 0
  mscomm fanout "$x" --require-subscribers --quiet event
  await 10 test -s "$two_out"
  amqp delete-exchange "$x"
  # Of two exchanges, too: a refusal closes the channel.
  amqp declare "$q"
  start_process one mscomm consume --bind "$x" --bind "$x-2" --declare-exchange fanout
  await 10 exists "$x-2"
  amqp bind "$q" "$x"
  stop_process one INT
  assert_equal "$status" 130
  is_kept
  is_gone "$x-2"
  start_process one mscomm fanout "$x-2" --listen --idle 500ms
  await 10 exists "$x-2"
  amqp bind "$q" "$x-2"
  await_process one
  assert_equal "$status" 8
  is_kept "$x-2"
}

@test "a listener that connected again still knows that the exchange is its own" {
  through_relay
  start_process one mscomm fanout -u "$url" "$x" --listen -v
  await 10 grep -q listening "$one_err"
  kill -USR1 "$relay_pid"
  await 10 grep -q 'connected again' "$one_err"
  stop_process one INT
  is_gone
  # It has heard something before.
  start_process two mscomm fanout -u "$url" "$x" --listen -v
  await 10 grep -q listening "$two_err"
  mscomm fanout "$x" --require-subscribers --quiet event
  await 10 test -s "$two_out"
  kill -USR1 "$relay_pid"
  await 10 grep -q 'connected again' "$two_err"
  stop_process two INT
  is_kept
}

@test "a listener without a connection says what it leaves" {
  through_relay
  start_process one mscomm fanout -u "$url" "$x" --listen --on-loss fail -v
  await 10 grep -q listening "$one_err"
  kill -USR1 "$relay_pid"
  await_process one
  assert_equal "$status" 3
  grep -qF "exchange '$x' was made to listen to it and may still be there" "$one_err"
  is_kept
}

@test "Ctrl-C does not wait for a broker that is silent" {
  through_relay
  start_process one mscomm fanout -u "$url" "$x" --listen -v
  await 10 grep -q listening "$one_err"
  kill -STOP "$relay_pid"
  kill -INT "$one_pid"
  await 2 process_ended "$one_pid"
  kill -CONT "$relay_pid"
  grep -qF "exchange '$x' was made to listen to it and may still be there" "$one_err"
}

@test "a broker that is far away removes the exchange all the same" {
  start_listener far /usr/bin/python3 "$tests_root/support/delay_proxy.py" 0 "${AMQP##*@}" 50
  start_process one mscomm fanout -u "${AMQP%@*}@127.0.0.1:$port" "$x" --listen -v
  await 10 grep -q listening "$one_err"
  stop_process one INT
  assert_equal "$status" 130
  is_gone
}

@test "who may not make an exchange listens to one that is there" {
  broker_ctl -q add_user "$q" secret
  touch user
  broker_ctl -q set_permissions "$q" '^amq\.gen' '^amq\.gen' '.*'
  amqp exchange "$x" fanout --durable
  export AMQP_URL=${AMQP/guest:guest/$q:secret}
  run_split mscomm fanout "$x" --listen --idle 50ms
  assert_status 8
  assert_stderr_lacks 'still be there'
  is_kept
  amqp delete-exchange "$x"
  run_split mscomm fanout "$x" --listen --idle 50ms
  assert_status 4
  assert_stderr_lacks 'still be there'
}
