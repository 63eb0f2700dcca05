#!/usr/bin/env bats
# consume --exec: what failed is run again in place, parked, and drained at the end.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load helper

setup() {
  setup_test
  export AMQP_URL=$AMQP
  q=$(fresh_queue)
  amqp declare "$q"
  start_listener relay /usr/bin/python3 "$tests_root/support/relay.py" 0 "${AMQP##*@}"
  relayed=${AMQP%@*}@127.0.0.1:$port
  cat >attempts <<'SCRIPT'
read -r n
echo "$n $MSCOMM_MESSAGE_ATTEMPT" >>tried
SCRIPT
}

parking_queue() { # ARGUMENTS OF declare
  p=$(fresh_queue)
  amqp declare "$p" "$@"
}
queue_lends() { # QUEUE COUNT: of messages that are not acknowledged
  [ "$(broker_ctl list_queues -q name messages_unacknowledged | awk -v q="$1" '$1 == q { print $2 }')" = "$2" ]
}
is_running() { if process_ended "$1"; then return 1; fi; }
has_lines() { [ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; }
says() { grep -qF -e "$1" "$consumer_err"; }

# --- in place ------------------------------------------------------------------------------------

@test "a command that failed is run again until it succeeds, and knows which attempt it is" {
  amqp fill "$q" 2
  run_split mscomm consume "$q" --until-empty -v --retry 5 --backoff 1ms..5ms --exec '
    . ./attempts; echo "$n in $MSCOMM_MESSAGE_ATTEMPT"; [ "$MSCOMM_MESSAGE_ATTEMPT" = $((n + 1)) ]'
  assert_status 0
  assert_stderr_has 'message 1: the command failed: exit status 1; attempt 2 of 6 follows in'
  assert_stderr_has '2 taken, 2 acknowledged, 3 retried'
  assert_equal "$(sort tried | tr '\n' ,)" '1 1,1 2,2 1,2 2,2 3,'
  assert_equal "$(sort "$out")" $'1 in 2\n2 in 3' # what an attempt prints that is repeated is not printed
  queue_holds "$q" 0
}

@test "others go on while a message waits for its next attempt" {
  amqp fill "$q" 6
  # The first succeeds when all the others have, one at a time in spite of it.
  run_split mscomm consume "$q" -n 6 -v --retry 1000 --backoff 5ms --exec '
    read -r n; if [ "$n" = 1 ]; then [ "$(cat finished 2>/dev/null | wc -l)" = 5 ] || exit 1; fi; echo "$n" >>finished'
  assert_status 0
  assert_stderr_has '6 taken, 6 acknowledged'
  assert_equal "$(tr '\n' ' ' <finished)" '2 3 4 5 6 1 '
  queue_holds "$q" 0
}

@test "many that wait leave room for those that succeed, up to --prefetch" {
  amqp fill "$q" 40
  start_process consumer mscomm consume "$q" -c 3 --retry 9 --backoff 1h --jitter none --exec '
    read -r n; [ "$n" -gt 30 ] && echo "$n" >>finished'
  await 30 has_lines finished 10
  stop_process consumer TERM
  assert_equal "$status" 143
  assert_equal "$(sort -n finished | tr '\n' ' ')" "$(seq -s ' ' 31 40) "
  await 10 queue_holds "$q" 30
  rm finished
  # As many as --prefetch says wait; then no more come.
  start_process consumer mscomm consume "$q" --prefetch 5 --retry 9 --backoff 1h --exec 'read -r n; echo "$n" >>finished; false'
  await 30 has_lines finished 5
  await 10 queue_holds "$q" 25
  stop_process consumer TERM
  assert_equal "$(wc -l <finished)" 5
  await 10 queue_holds "$q" 30
}

@test "the exit statuses 3, 4 and 127 mean at once what they mean" {
  parking_queue
  amqp delete "$q"
  amqp declare "$q" --arg x-dead-letter-exchange= --arg x-dead-letter-routing-key="$p"
  local script
  for script in 'exit 3' 'exit 4'; do amqp publish "$q" "$script"; done
  run_split mscomm consume "$q" --until-empty -v --retry 9 --backoff 1h --exec 'exec sh'
  assert_status 0
  assert_stderr_has '2 taken, 0 acknowledged, 1 rejected, 1 put back'
  assert_equal "$(amqp drain "$p" --raw)" 'exit 3'
  await 10 queue_holds "$q" 1
  run_split mscomm consume "$q" --until-empty --retry 9 --backoff 1h --exec no_such_command
  assert_status 1
  assert_stderr_has 'the command cannot be run: exit status 127'
  await 10 queue_holds "$q" 1
}

# --- and then ------------------------------------------------------------------------------------

@test "after its retries a message goes where --on-fail says" {
  local dead how
  dead=$(fresh_queue)
  amqp declare "$dead"
  for how in requeue reject stop; do
    q=$(fresh_queue)
    amqp declare "$q" --arg x-dead-letter-exchange= --arg x-dead-letter-routing-key="$dead"
    amqp fill "$q" 2
    : >tried
    run_split mscomm consume "$q" --until-empty --retry 2 --backoff 1ms --on-fail $how --exec '. ./attempts; [ "$n" = 2 ]'
    assert_status 6
    assert_equal "$(grep ^1 tried | tr '\n' ,)" '1 1,1 2,1 3,'
    await 10 queue_holds "$q" "$([ $how = reject ] && echo 0 || echo 1)"
  done
  assert_equal "$(amqp drain "$dead" --raw)" 1
}

@test "--park copies a message with the reason, and acknowledges it" {
  parking_queue
  amqp publish "$q" 'a b' -p '{"message_id":"m1","user_id":"guest","priority":3,"expiration":"600000",
    "correlation_id":"c","headers":{"n":7,"CC":["'"$p"'-other"],"x-mscomm-exit":99}}'
  run_split mscomm consume "$q" --until-empty -v --retry 1 --backoff 1ms --park "$p" --exec 'exit 7'
  assert_status 1
  assert_stderr_has "message 1 ('m1'): the command failed: exit status 7; parked in '$p'"
  assert_stderr_has '1 taken, 1 acknowledged, 1 failed, 1 retried, 1 parked'
  queue_holds "$q" 0
  amqp get "$p" >copy
  assert_equal "$(jq -c '[.body, .routing_key, .exchange]' copy)" "[\"a b\",\"$p\",\"\"]"
  assert_equal "$(jq -c '.properties | del(.headers)' copy)" '{"correlation_id":"c","message_id":"m1","priority":3}'
  assert_equal "$(jq -cS '.properties.headers | del(.["x-mscomm-parked-at"])' copy)" \
    '{"n":7,"x-mscomm-attempts":2,"x-mscomm-cc":["'"$p"'-other"],"x-mscomm-exchange":"","x-mscomm-exit":7,"x-mscomm-expiration":"600000","x-mscomm-queue":"'"$q"'","x-mscomm-reason":"exit status 7","x-mscomm-routing-key":"'"$q"'","x-mscomm-user-id":"guest"}'
  jq -e '.properties.headers["x-mscomm-parked-at"]' copy
}

@test "what a signal ended is parked with the shell's status for it" {
  parking_queue
  amqp fill "$q" 1
  run_split mscomm consume "$q" -n 1 --on-fail park --park "$p" --exec 'kill -KILL $$'
  assert_status 1
  assert_equal "$(amqp get "$p" | jq -c '.properties.headers | [.["x-mscomm-exit"], .["x-mscomm-reason"]]')" '[137,"killed by SIGKILL"]'
}

@test "a parking queue that is missing is an error before anything is consumed; --declare makes it" {
  amqp fill "$q" 1
  p=$(fresh_queue)
  run_split mscomm consume "$q" -n 1 --park "$p" --exec 'touch began; false'
  assert_status 1
  assert_stderr_has "--park: there is no queue '$p'"
  assert_stderr_has '--declare'
  [ ! -e began ]
  await 10 queue_holds "$q" 1
  run_split mscomm consume "$q" -n 1 --declare --park "$p" --exec false
  assert_status 1
  queue_holds "$p" 1
}

@test "a copy that cannot be placed costs no message" {
  # A queue that is full and refuses, then one that is gone.
  parking_queue --arg x-max-length=1 --arg x-overflow=reject-publish
  amqp fill "$q" 2
  run_split mscomm consume "$q" --until-empty -v --park "$p" --exec false
  assert_status 1
  assert_stderr_has "the copy for '$p' was refused by the broker (nack)"
  assert_stderr_has '2 taken, 1 acknowledged, 2 failed, 1 parked, 1 put back'
  await 10 queue_holds "$q" 1
  queue_holds "$p" 1
  amqp_py=$tests_root/support/amqp.py; export amqp_py
  run_split mscomm consume "$q" -n 1 -v --park "$p" --exec '/usr/bin/python3 "$amqp_py" delete '"$p"'; false'
  assert_status 1
  assert_stderr_has "the copy for '$p' came back: 312 NO_ROUTE; the message goes back to the queue"
  await 10 queue_holds "$q" 1
}

@test "options that contradict each other, or need another" {
  check_table <<'TABLE'
    retry without exec    | consume q --retry 3                                     | 2 | - | --exec
    backoff without retry | consume q --exec true --backoff 1s                      | 2 | - | --retry
    park without exec     | consume q --park p                                      | 2 | - | --exec
    park and reject       | consume q --exec true --park p --on-fail reject         | 2 | - | --on-fail
    park where            | consume q --exec true --on-fail park                    | 2 | - | --park QUEUE
    park in a circle      | consume q --exec true --park q                          | 2 | - | --park: it is the queue that is consumed
    drain without exec    | consume q --drain 1s                                    | 2 | - | --exec
TABLE
}

# --- lost connections and kills ------------------------------------------------------------------

@test "when the connection is lost, waiting and parked messages come again and none is missing" {
  parking_queue
  amqp fill "$q" 20
  start_process consumer mscomm consume -u "$relayed" "$q" -c 3 -v --retry 2 --backoff 20ms..50ms --park "$p" --exec '
    read -r n; [ $((n % 2)) = 0 ] && echo "$n" >>finished'
  local round
  for round in 1 2 3; do
    await 20 has_lines finished $((round * 2))
    kill -USR1 "$relay_pid"
    await 20 says 'connected again'
    : >"$consumer_err"
  done
  settled() { queue_holds "$q" 0 && has_lines finished 10 && [ "$(amqp count "$p")" -ge 10 ]; }
  await 60 settled
  stop_process consumer TERM
  queue_holds "$q" 0
  amqp drain "$p" --raw | sort -nu | cmp - <(seq 1 2 20)
  sort -nu finished | cmp - <(seq 2 2 20)
}

@test "a copy that was not confirmed may be there although the message goes back, and that is told" {
  parking_queue
  amqp fill "$q" 1
  # The broker gets the copy, which has the header x-mscomm-reason, and its confirm does not arrive.
  start_listener deaf /usr/bin/python3 "$tests_root/support/relay.py" 0 "${AMQP##*@}" --deaf-at 782d6d73636f6d6d2d726561736f6e
  run_split mscomm consume -u "${AMQP%@*}@127.0.0.1:$port" "$q" --until-empty -v --on-loss fail --park "$p" --exec false
  assert_status 3
  assert_stderr_has 'the message goes back to the queue, and the copy may be there, too'
  assert_stderr_has '1 taken, 0 acknowledged, 1 failed, 1 may be there twice, 1 put back'
  await 10 queue_holds "$q" 1
  await 10 queue_holds "$p" 1
}

@test "killed while it parks, every message is in its queue, parked or done" {
  local kills round
  kills=$(rounds 5 50)
  parking_queue
  amqp fill "$q" $((kills * 100))
  for ((round = 1; round <= kills; round++)); do
    : >"began"
    start_process "victim$round" mscomm consume "$q" -c 4 --retry 1 --backoff 1ms..3ms --park "$p" --exec '
      read -r n; echo "$n" >>began; [ $((n % 3)) = 0 ] && echo "$n" >>finished'
    await 10 has_lines began 8
    sleep "0.0$RANDOM"
    stop_process "victim$round" "$([ $((round % 4)) = 0 ] && echo TERM || echo KILL)"
    await 10 queue_has_consumers "$q" 0
  done
  amqp drain "$q" --raw >left
  amqp drain "$p" --raw >parked
  echo "# $(wc -l <left) left, $(wc -l <parked) parked, $(wc -l <finished) done"
  [ -s parked ]
  sort -nu left parked finished | cmp - <(seq $((kills * 100)))
}

@test "a worker whose database is away loses nothing, repeats nothing, holds up nobody" {
  amqp delete "$q"
  amqp declare "$q" --durable --arg x-queue-type=quorum --arg x-delivery-limit=3
  amqp fill "$q" 30
  # What is even needs the database.
  start_process consumer mscomm consume "$q" -c 2 --retry 1000 --backoff 10ms..100ms --exec '
    read -r n; echo "$n" >>tried; [ $((n % 2)) = 1 ] || [ -e database ] || exit 1; echo "$n" >>finished'
  await 30 has_lines finished 15
  waiting_all() { [ "$(sort -u tried | wc -l)" = 30 ]; }
  await 30 waiting_all
  assert_equal "$(sort -n finished | tr '\n' ' ')" "$(seq -s ' ' 1 2 30) "
  touch database
  await 30 has_lines finished 30
  stop_process consumer TERM
  sort -n finished | cmp - <(seq 30)
  queue_holds "$q" 0
}

# --- the end -------------------------------------------------------------------------------------

@test "--drain lets what runs end by itself, settles it, and begins nothing more" {
  amqp fill "$q" 4
  start_process consumer mscomm consume "$q" -c 2 --prefetch 3 --drain 60s --exec '
    read -r n; echo "$n" >>began; until [ -e "go.$n" ]; do sleep 0.05; done; echo "$n"'
  await 10 has_lines began 2
  kill -TERM "$consumer_pid"
  await 10 queue_holds "$q" 2 # what was sent ahead goes back while the others run
  touch go.1
  await 20 queue_lends "$q" 1
  is_running "$consumer_pid"
  touch go.2
  await_process consumer
  assert_equal "$status" 143
  assert_equal "$(sort "$consumer_out")" $'1\n2'
  assert_equal "$(wc -l <began)" 2
  queue_holds "$q" 2
}

@test "--drain keeps the message of a retry that runs, and settles it" {
  amqp fill "$q" 2
  start_process consumer mscomm consume "$q" -v --retry 5 --backoff 1ms --drain 60s --exec '
    . ./attempts; [ "$n" = 1 ] || exit 1; [ "$MSCOMM_MESSAGE_ATTEMPT" = 2 ] || exit 1; until [ -e go ]; do sleep 0.05; done'
  await 10 grep -qx '1 2' tried
  kill -TERM "$consumer_pid"
  await 10 queue_holds "$q" 1 # the other one, which waits
  await 10 queue_has_consumers "$q" 0
  queue_lends "$q" 1
  touch go
  await_process consumer
  assert_equal "$status" 143
  has_text "$consumer_err" '1 taken, 1 acknowledged, ' || complain 'not acknowledged'
  assert_equal "$(amqp drain "$q" --raw)" 2
}

@test "ended while it retries and parks, no message is in two places" {
  local round rounds twice
  rounds=$(rounds 8 60)
  p=$(fresh_queue)
  amqp declare "$p" --durable # its confirms take longer
  amqp fill "$q" $((rounds * 60))
  for ((round = 1; round <= rounds; round++)); do
    : >"began"
    start_process worker mscomm consume "$q" -v --log-format json -c 4 --retry 1 --backoff 1ms..3ms --park "$p" --exec '
      read -r n; echo "$n" >>began; [ $((n % 3)) = 0 ] && echo "$n" >>finished'
    await 10 has_lines began $((8 + RANDOM % 9))
    stop_process worker TERM
    jq -r 'select(.event == "consume.summary") | .maybe_twice' "$worker_err" >>maybe_twice
    await 10 queue_has_consumers "$q" 0
  done
  amqp drain "$q" --raw >left
  amqp drain "$p" --raw >parked
  twice=$(sort left parked finished | uniq -d | wc -l)
  echo "# $(wc -l <left) left, $(wc -l <parked) parked, $(wc -l <finished) done, $twice twice"
  sort -nu left parked finished | cmp - <(seq $((rounds * 60)))
  # What was not confirmed in time is told.
  ((twice <= $(awk '{ sum += $1 } END { print sum }' maybe_twice)))
}

@test "killed while it drains, what had succeeded does not come again" {
  amqp fill "$q" 2
  start_process consumer mscomm consume "$q" -c 2 --drain 60s --exec '
    read -r n; echo "$n" >>began; until [ -e "go.$n" ]; do sleep 0.05; done'
  await 10 has_lines began 2
  kill -TERM "$consumer_pid"
  touch go.1
  await 20 queue_lends "$q" 1
  stop_process consumer KILL
  touch go.2
  await 10 queue_holds "$q" 1
  assert_equal "$(amqp drain "$q" --raw)" 2
}

@test "what does not end within --drain is ended, and its message goes back" {
  amqp fill "$q" 2
  start_process consumer mscomm consume "$q" -c 2 --drain 300ms --exec '
    read -r n; echo "$$" >"pid.$n"; [ "$n" = 1 ] || exec sleep 300; until [ -e go ]; do sleep 0.02; done'
  await 10 test -s pid.1
  await 10 test -s pid.2
  touch go
  stop_process consumer TERM
  assert_equal "$status" 143
  process_ended "$(<pid.2)"
  await 10 queue_holds "$q" 1
  assert_equal "$(amqp drain "$q" --raw)" 2
}

@test "a second signal ends a drain at once, and --drain 0 does not wait" {
  amqp fill "$q" 1
  start_process consumer mscomm consume "$q" --drain 1h --exec 'echo $$ >pid; exec sleep 300'
  await 10 test -s pid
  kill -TERM "$consumer_pid"
  await 10 queue_has_consumers "$q" 0
  stop_process consumer TERM
  assert_equal "$status" 143
  kill "$(<pid)"
  await 10 queue_holds "$q" 1
  rm pid
  start_process consumer mscomm consume "$q" --drain 0 --exec 'echo $$ >pid; exec sleep 300'
  await 10 test -s pid
  stop_process consumer TERM
  assert_equal "$status" 143
  process_ended "$(<pid)"
  await 10 queue_holds "$q" 1
}

@test "a message that waits for its next attempt holds up no end" {
  amqp fill "$q" 2
  start_process consumer mscomm consume "$q" --drain 1h --retry 3 --backoff 1h --jitter none --exec 'echo >>tried; false'
  await 10 has_lines tried 2
  stop_process consumer TERM
  assert_equal "$status" 143
  await 10 queue_holds "$q" 2
  run_split mscomm consume "$q" --timeout 1s --until-empty --retry 3 --backoff 1h --jitter none --exec false
  assert_status 5
  assert_stderr_has 'the deadline passed while messages waited for another attempt; they go back'
  await 10 queue_holds "$q" 2
}

@test "with -n, what is done is acknowledged while another message waits" {
  amqp fill "$q" 4
  start_process consumer mscomm consume "$q" -n 3 --retry 3 --backoff 1h --jitter none --exec '
    read -r n; echo "$n" >>began; [ "$n" != 1 ]'
  await 10 has_lines began 3
  await 20 queue_lends "$q" 1
  stop_process consumer KILL
  await 10 queue_holds "$q" 2
  assert_equal "$(amqp drain "$q" --raw | sort | tr '\n' ' ')" '1 4 '
}
