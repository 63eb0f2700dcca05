#!/usr/bin/env bats
# mscomm against the guide's own programs, in both directions.
#
# They use fixed names (task_queue, logs) on the default virtual host, so these tests cannot run
# beside each other.

load ../e2e/helper

setup_file() {
  export BATS_NO_PARALLELIZE_WITHIN_FILE=true
}

setup() {
  setup_test
  here=$BATS_TEST_DIRNAME
  export AMQP_PORT=${AMQP##*:}
  AMQP_PORT=${AMQP_PORT%%/*}
  export PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
  forget_names
}

teardown() {
  forget_names
  teardown_test
}

forget_names() {
  amqp delete task_queue
  amqp delete-exchange logs
}

python() { /usr/bin/python3 "$@"; }

need_javascript() {
  [ -e "${MSCOMM_TEST_NODE_MODULES:?must be where amqplib is}/amqplib" ] ||
    skip 'npm could not install amqplib'
}

# Node looks for modules beside the program, and they are installed in the build folder.
javascript() { # NAME PROGRAM
  need_javascript
  start_process "$1" env NODE_PATH="$MSCOMM_TEST_NODE_MODULES" AMQP_URL="$AMQP" node "$here/$2"
}

in_queue() { queue_holds task_queue 1; }

# --- the guide with itself: if this fails, mscomm is not to blame --------------------------------

@test "the guide's producer reaches the guide's consumer" {
  python "$here/producer.py"
  start_process consumer /usr/bin/python3 "$here/consumer.py"
  await 10 grep -qxF "Received b'Hello World!'" "$consumer_out"
}

@test "the guide's publisher reaches the listener" {
  javascript listener listener.js
  await 10 grep -qF 'Waiting' "$listener_out"
  javascript publisher publisher.js
  await 10 grep -qxF ' [x] Received Hello World!' "$listener_out"
}

@test "the guide's REST call prints what the service has" {
  start_service service
  run_split env SERVICE_B="$service" /usr/bin/python3 "$here/rest_call.py"
  assert_status 0
  assert_stdout "{'id': 1, 'items': ['a', 'b'], 'service': 'http_service', 'text': 'hé'}"
}

# --- queues --------------------------------------------------------------------------------------

@test "mscomm publish declares the guide's queue and its consumer receives the message" {
  run_split mscomm publish -u "$AMQP" -q task_queue --declare=transient 'Hello World!'
  assert_status 0
  start_process consumer /usr/bin/python3 "$here/consumer.py"
  await 10 grep -qxF "Received b'Hello World!'" "$consumer_out"
}

@test "a bare --declare uses the guide's queue as it is" {
  start_process consumer /usr/bin/python3 "$here/consumer.py"
  await 10 queue_has_consumers task_queue 1
  run_split mscomm publish -u "$AMQP" -q task_queue --declare 'Hello World!'
  assert_status 0
  await 10 grep -qxF "Received b'Hello World!'" "$consumer_out"
}

@test "mscomm consume prints what the guide's producer sent" {
  python "$here/producer.py"
  run_split mscomm consume -u "$AMQP" task_queue -n 1
  assert_status 0
  assert_stdout 'Hello World!'
  await 10 queue_holds task_queue 0
}

@test "mscomm consume that waits already gets what the guide's producer sends" {
  start_process consumer mscomm consume -u "$AMQP" task_queue --declare=transient -n 1
  await 10 queue_has_consumers task_queue 1
  python "$here/producer.py"
  await_process consumer
  assert_equal "$status" 0
  assert_equal "$(<"$consumer_out")" 'Hello World!'
}

@test "asking for a durable queue where the guide's is transient fails and shows both" {
  python "$here/producer.py"
  run_split mscomm publish -u "$AMQP" -q task_queue --declare=durable x
  assert_status 1
  assert_stderr_has durable
  assert_stderr_has true
  assert_stderr_has false
  in_queue
}

# --- events --------------------------------------------------------------------------------------

@test "mscomm fanout --listen gets what the guide's publisher sends" {
  need_javascript
  start_process listener mscomm fanout -u "$AMQP" logs --listen -n 1 --transient
  # The guide's event is lost when nobody listens yet, and a temporary queue's name is not known:
  # so send until it has been heard.
  local deadline=$((SECONDS + 20))
  until process_ended "$listener_pid" || ((SECONDS > deadline)); do
    javascript publisher publisher.js
    await 10 grep -qF '[x] Sent' "$publisher_out"
    await 1 process_ended "$listener_pid" || true
    stop_process publisher
  done
  await_process listener
  assert_equal "$status" 0
  assert_equal "$(<"$listener_out")" 'Hello World!'
}

@test "an event of mscomm fanout reaches a listener written as the guide would" {
  javascript listener listener.js
  await 10 grep -qF 'Waiting' "$listener_out"
  run_split mscomm fanout -u "$AMQP" logs 'Hello World!'
  assert_status 0
  await 10 grep -qxF ' [x] Received Hello World!' "$listener_out"
}

# --- REST ----------------------------------------------------------------------------------------

@test "mscomm get prints the document that the guide's REST call prints" {
  start_service service
  run_split mscomm get "$service/api/data"
  assert_status 0
  cp "$out" got
  run_split env SERVICE_B="$service" /usr/bin/python3 "$here/rest_call.py"
  assert_status 0
  cp "$out" printed
  run_split /usr/bin/python3 -c '
import ast, json
assert json.load(open("got")) == ast.literal_eval(open("printed").read())'
  assert_status 0
}
