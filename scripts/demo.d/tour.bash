# shellcheck shell=bash
# shellcheck disable=SC2016,SC2154  # the variables of the commands, and those of scripts/demo
# What scripts/demo shows: step, listener and await_listeners are explained there.

rest() {
  heading '1. Synchronous communication with REST' \
    'The caller waits for the answer; the exit status says whether it is a good one.'
  step 0 'mscomm get $DATA/api/data' '"name":"tea"'
  step 0 'if mscomm get $DATA/health >health.json; then echo "healthy: $(cat health.json)"; fi' \
    'healthy: {"status":"pass"'
  step 1 'mscomm get $DATA/api/nothing' '404 Not Found'
}

queues() {
  heading '2. Asynchronous communication with message queues' \
    'Exit 0 of publish means: confirmed by the broker, and in the queue.'
  step 0 'mscomm publish --declare -q task_queue "Hello World!"' '1 confirmed'
  step 0 'mscomm consume task_queue -n 1' 'Hello World!'
  step 0 'seq 1 5 | mscomm publish -q task_queue --lines' '5 confirmed'
  step 0 'mscomm consume task_queue -n 2 | sed "s/^/worker: task /"' 'worker: task 2'
  step 0 'mscomm consume task_queue --until-empty | sed "s/^/another: task /"' 'another: task 3'
  step 8 'mscomm consume task_queue --until-empty' 'nothing came'
  printf '\nWhat the reader of a pipe does not take stays in the queue:\n'
  step 0 'seq 1 1000 | mscomm publish -q task_queue --lines' '1000 confirmed'
  step 0 'mscomm consume task_queue | head -n 3' '3'
  step 0 'mscomm consume task_queue --until-empty | wc -l' '997'
}

gateway() {
  heading '3. API gateway pattern' \
    'One entry point: nginx sends /orders/ to service A and /data/ to service B.'
  step 0 'mscomm get $GATEWAY/orders/api/data' '"service":"orders"'
  step 0 'mscomm post $GATEWAY/orders/api/data --json '\''{"item":"coffee"}'\''' '"id":2'
  step 0 'mscomm get $GATEWAY/data/api/data --format "{status} in {total_ms} ms\n"' '200 in '
  step 1 'mscomm get $GATEWAY/nowhere' 'no route'
}

events() {
  heading '4. Event-driven communication' \
    'Who emits an event does not know who listens: nobody, one or many.'
  step 0 'mscomm fanout logs "Is anybody there?"' 'heard by nobody'
  step 1 'mscomm fanout logs "Is anybody there?" --require-subscribers'
  listener 'mscomm fanout logs --listen -n 2 -v >first 2>first.log' first.log 'listening to'
  listener 'mscomm fanout logs --listen -n 2 -v >second 2>second.log' second.log 'listening to'
  step 0 'mscomm fanout logs "Hello World!"' '1 confirmed'
  step 0 'mscomm fanout logs '\''{"id":1,"event":"order.created"}'\''' '1 confirmed'
  await_listeners
  step 0 'head first second' '==> second <==' 'Hello World!' 'order.created'
}

failures() {
  heading 'Best practices: services that are down' \
    'Every failure has its message, mostly a hint, and an exit status that tells it from the others.'
  step 0 'mscomm put $DATA/switch --json '\''{"failing":true}'\''' '"failing":true'
  step 1 'mscomm get $DATA/api/data' '503 Service Unavailable'
  step 0 'mscomm put $DATA/switch --json '\''{"failing":false}'\''' '"failing":false'
  step 0 'kill $DATA_PID'
  stop_one data
  step 3 'mscomm get $DATA/api/data' 'refused' 'hint:'
  step 1 'mscomm get $GATEWAY/data/api/data' '502 Bad Gateway'
  step 1 'mscomm publish -q no_such_queue "Hello World!"'
  step 4 'mscomm publish -u amqp://guest:wrong@$BROKER -q task_queue "Hello World!"'
  step 3 'mscomm consume -u amqp://127.0.0.1:1 task_queue' 'refused' 'hint:'
  step 2 'mscomm publish --quue task_queue "Hello World!"' '--queue'
}

monitoring() {
  heading 'Best practices: logging and monitoring' \
    'One line for each target; with --wait until they hold; records for programs.'
  step 6 'mscomm probe $GATEWAY/orders/health $GATEWAY/data/health tcp://$BROKER'
  start_service data "${DATA##*:}"
  printf '\nService B is started again.\n'
  step 0 'mscomm probe $GATEWAY/data/health --wait 10s' '200'
  step 0 'mscomm probe $GATEWAY/orders/health $GATEWAY/data/health tcp://$BROKER $AMQP_URL --level roundtrip' \
    'roundtrip'
  step 3 'mscomm get http://127.0.0.1:1/ --format json --log-format json' '"outcome":"unreachable"'
}

breakers() {
  heading 'Best practices: circuit breakers' \
    'What failed three times in a row is left alone for a while, by every process: the state is in a file.'
  step 0 'mscomm put $DATA/switch --json '\''{"failing":true}'\''' '"failing":true'
  step 1 'for i in 1 2 3; do
  mscomm get $DATA/api/data --breaker --breaker-consecutive 3 --breaker-open 3s
done' '503 Service Unavailable'
  step 10 'mscomm get $DATA/api/data --breaker --breaker-consecutive 3 --breaker-open 3s' 'circuit'
  step 0 'mscomm breaker list' 'open'
  step 0 'mscomm put $DATA/switch --json '\''{"failing":false}'\''' '"failing":false'
  step 0 'until mscomm get $DATA/api/data --breaker --breaker-consecutive 3 --breaker-open 3s; do
  sleep 1
done' '"name":"tea"'
  step 0 'mscomm breaker list' 'closed'
}

workers() {
  heading 'Best practices: workers that fail now and then' \
    'A command for each message; a failed one is tried again while others go on, and at last parked.'
  step 0 'printf "%s\n" one bad two | mscomm publish --declare -q jobs --lines' '3 confirmed'
  step 6 'mscomm consume jobs --until-empty --retry 2 --backoff 50ms..200ms --park jobs.failed --declare --exec "grep -v bad"' \
    'two' '1 parked'
  step 0 'mscomm consume jobs.failed --peek --format "{body}: {headers.x-mscomm-reason}, {headers.x-mscomm-attempts} attempts\n"' \
    'bad: exit status 1, 3 attempts'
  printf '\nForwarding: an original is acknowledged when its copy is confirmed in the other queue.\n'
  step 0 'mscomm consume jobs.failed --to jobs --until-empty' '1 forwarded'
  step 0 'mscomm consume jobs --until-empty --exec "tr a-z A-Z"' 'BAD'
}

contracts() {
  heading 'Best practices: contracts and service levels' \
    'A description judges the live response; load is measured and held to objectives.'
  cat >data-api.yaml <<'YAML'
openapi: 3.1.0
info: {title: data, version: '1'}
paths:
  /api/data:
    get:
      responses:
        '200':
          description: the items
          content:
            application/json:
              schema:
                required: [service, items]
                properties:
                  items: {type: array, items: {required: [id, name], properties: {stock: {minimum: 0}}}}
YAML
  step 0 'mscomm get $DATA/api/data --openapi data-api.yaml' '"name":"tea"'
  step 9 'mscomm get $DATA/api/data --assert ".json.items[0].stock > 100"' '.json.items[0].stock is 42'
  step 0 'mscomm get $DATA/api/data --rate 100 -n 100 --slo "p99<2s,errors<1%" --report load.html' \
    '100 succeeded' 'met  p99<2s'
}

copying() {
  heading 'A lossless copy' \
    'Properties, the type of each header and the bytes of the body: all arrives as it was sent.'
  step 0 'mscomm publish --declare -q original -H attempt:=1 -H "ratio:=0.5" -H source=demo --priority 3 "Grüße"' \
    '1 confirmed'
  step 0 'printf "\\000\\377" | mscomm publish -q original --content-type application/octet-stream' \
    '1 confirmed'
  step 0 'mscomm consume original --peek --format json | tee before' '"attempt":1' '"body_base64":"AP8="'
  step 0 'mscomm consume original --peek --format json | mscomm publish --declare -q copy --jsonl' \
    '2 confirmed'
  step 0 'mscomm consume copy --until-empty --format json >after'
  step 0 'message() { sed "s/.*,\"properties\"/\"properties\"/; s/,\"redelivered\".*//" "$1"; }
  cmp <(message before) <(message after) && echo identical' 'identical'
}

tour() {
  heading 'The servers of this tour' 'RabbitMQ, services A (orders) and B (data), an nginx gateway.'
  printf '%s\n' "PATH=$binaries:\$PATH" "export AMQP_URL=$AMQP_URL" "BROKER=$BROKER" \
    "GATEWAY=$GATEWAY" "ORDERS=$ORDERS" "DATA=$DATA" "DATA_PID=$DATA_PID"
  rest
  queues
  gateway
  events
  failures
  monitoring
  breakers
  workers
  contracts
  copying
}
