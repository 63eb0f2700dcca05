#!/usr/bin/env bats
# RPC between mscomm and itself, and with pika's servers and clients.

load ../e2e/helper

setup_file() {
  export BATS_NO_PARALLELIZE_WITHIN_FILE=true
}

setup() {
  setup_test
  here=$BATS_TEST_DIRNAME
  export AMQP_URL=$AMQP
  export AMQP_PORT=${AMQP##*:}
  AMQP_PORT=${AMQP_PORT%%/*}
  export PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
  amqp delete rpc_queue
}

teardown() {
  amqp delete rpc_queue
  teardown_test
}

serve_with_mscomm() {
  mscomm publish --declare=transient -q rpc_queue --quiet 'to be thrown away'
  mscomm consume rpc_queue --until-empty --quiet >/dev/null
  start_process server mscomm consume rpc_queue --exec 'tr a-z A-Z' --reply
  await 10 queue_has_consumers rpc_queue 1
}

serve_with_pika() {
  start_process server /usr/bin/python3 "$here/rpc_server.py" "$@"
  await 10 grep -qx waiting "$server_out"
}

@test "mscomm asks and mscomm answers" {
  serve_with_mscomm
  run_split mscomm publish -q rpc_queue --rpc 'a question'
  assert_status 0
  assert_equal "$(<"$out")" 'A QUESTION'
  printf 'one\ntwo\nthree\n' | run_split_input mscomm publish -q rpc_queue --rpc --lines
  assert_stdout ONE TWO THREE
}

run_split_input() { "$@" >"$out" 2>"$err"; }

@test "the answer is byte for byte the output" {
  mscomm publish --declare=transient -q rpc_queue --quiet x
  mscomm consume rpc_queue --until-empty --quiet >/dev/null
  start_process server mscomm consume rpc_queue --exec cat --reply
  await 10 queue_has_consumers rpc_queue 1
  head -c 3000000 /dev/urandom >body
  mscomm publish -q rpc_queue --rpc --file body >got
  cmp body got
  mscomm publish -q rpc_queue --rpc '' >got
  [ ! -s got ]
}

@test "mscomm asks a pika server" {
  serve_with_pika
  run_split mscomm publish -q rpc_queue --rpc 'from mscomm'
  assert_status 0
  assert_equal "$(<"$out")" 'FROM MSCOMM'
}

@test "an answer to something else is not taken for ours" {
  serve_with_pika late
  run_split mscomm publish -q rpc_queue --rpc 'mine'
  assert_status 0
  assert_equal "$(<"$out")" MINE
  assert_stderr_has "an answer with the correlation id 'another' is ignored"
}

@test "a pika client asks mscomm" {
  serve_with_mscomm
  run_split timeout 20 /usr/bin/python3 "$here/rpc_client.py" 'from pika'
  assert_status 0
  assert_stdout 'FROM PIKA'
}

@test "without an answer it is exit 5, without a queue exit 1" {
  run_split mscomm publish -q rpc_queue --rpc x
  assert_status 1
  assert_stderr_has 'request 1 came back: 312 NO_ROUTE'
  amqp declare rpc_queue
  run_split mscomm publish -q rpc_queue --rpc x --timeout 1s
  assert_status 5
  assert_stderr_has 'no answer came in time'
  assert_stderr_has 'hint: is a service consuming from the queue?'
}

@test "what --rpc cannot be combined with" {
  for option in --no-confirm --no-mandatory '--report -' '--rate 1/s' '--reply-to q'; do
    # shellcheck disable=SC2086
    run_split mscomm publish -q rpc_queue --rpc x $option
    assert_status 2
    assert_stderr_has '--rpc'
  done
}
