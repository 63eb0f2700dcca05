#!/usr/bin/env bats
# Every exit code of publish, consume and fanout, each by a real cause and within its deadline.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load helper

setup() {
  setup_queue
  export MSCOMM_TEST_TIMEOUT=10
  address=${AMQP##*@}
}

teardown() {
  if [ -e "$BATS_TEST_TMPDIR/alarm" ]; then
    broker_ctl -q eval 'rabbit_alarm:clear_alarm({resource_limit, disk, node()}).'
  fi
  if [ -e "$BATS_TEST_TMPDIR/vhost" ]; then manage DELETE "vhosts/$q"; fi
  if [ -e "$BATS_TEST_TMPDIR/user" ]; then manage DELETE "users/$q"; fi
  teardown_test
}

# A publisher that waits for lines on descriptor 8.
start_publisher() { # ARGUMENTS
  mkfifo input
  start_process publisher bash -c 'exec "$0" "$@" <input' "$MSCOMM" publish --lines "$@"
  exec 8>input
}

# --- 1 failed ------------------------------------------------------------------------------------

@test "1: a message that no queue takes" {
  run_split mscomm publish -q "$q" x
  assert_status 1
  assert_stdout
  assert_stderr_has "message 1 to queue '$q' came back: 312 NO_ROUTE"
  assert_stderr_has 'hint: is the queue there? --declare creates it'
  assert_stderr_has '1 sent, 0 confirmed, 1 returned'
  run_split mscomm publish -e amq.direct -r "$q" x
  assert_status 1
  assert_stderr_has "exchange 'amq.direct' with key '$q'"
}

@test "1: an exchange that is not there" {
  run_split mscomm publish -e "$q" x
  assert_status 1
  assert_stderr_has "no exchange '$q'"
  assert_stderr_has 'hint: --declare-exchange'
  run_split mscomm consume --bind "$q" -n 1
  assert_status 1
  assert_stderr_has "no exchange '$q'"
}

@test "1: a full queue that refuses, and 6 when it took some" {
  amqp declare "$q" --arg x-max-length=1 --arg x-overflow=reject-publish
  run_split mscomm publish -q "$q" --lines < <(seq 5)
  assert_status 6
  assert_stderr_has 'refused by the broker (nack)'
  assert_stderr_has '5 sent, '
  queue_holds "$q" 1
  run_split mscomm publish -q "$q" x
  assert_status 1
  assert_stderr_has '1 sent, 0 confirmed, 1 refused'
}

@test "1: a queue that is not there" {
  run_split mscomm consume "$q"
  assert_status 1
  assert_stdout
  assert_stderr "mscomm: consume: no queue '$q' in vhost '/' (404 NOT_FOUND)" \
    'hint: --declare creates a missing queue'
}

@test "1: a queue that is deleted while it is consumed" {
  amqp declare "$q"
  amqp publish "$q" last
  start_process consumer mscomm consume "$q"
  await 10 grep -qx last "$consumer_out"
  amqp delete "$q"
  await_process consumer
  assert_equal "$status" 1
  grep -qF "queue '$q' was deleted while it was consumed" "$consumer_err"
}

@test "1: a virtual host that is not there" {
  run_split mscomm consume -u "$AMQP/$q" queue
  assert_status 1
  assert_stderr_has "vhost $q not found"
  assert_stderr_has 'hint: rabbitmqctl list_vhosts'
}

@test "1: a queue of another connection's own" {
  start_process owner mscomm consume "$q" --declare=exclusive
  locked() { run_split mscomm consume "$q" && assert_status 1 && assert_stderr_has '405 RESOURCE_LOCKED'; }
  await 10 locked
}

# --- 2 usage, 11 io ------------------------------------------------------------------------------

@test "2: an option that there is not" {
  local command
  for command in publish consume fanout; do
    run_split mscomm "$command" --qeue x
    assert_status 2
    assert_stdout
    assert_stderr_has "unknown option '--qeue'"
  done
}

@test "11: output that cannot be written, and the message stays" {
  amqp declare "$q"
  amqp publish "$q" x
  status=0
  mscomm consume "$q" -n 1 >/dev/full 2>"$err" || status=$?
  assert_status 11
  assert_stderr_has 'No space left on device'
  run_split mscomm consume "$q" -n 1 -o nowhere/file
  assert_status 11
  assert_stderr_has nowhere/file
  status=0
  mscomm consume "$q" -n 1 >&- 2>"$err" || status=$?
  assert_status 11
  await 10 queue_holds "$q" 1
}

@test "11: input that cannot be read, after what could" {
  amqp declare "$q"
  echo first >first
  run_split mscomm publish -q "$q" --file first --file missing --file first
  assert_status 11
  assert_stderr_has "cannot read 'missing': No such file or directory"
  assert_stderr_has '1 sent, 1 confirmed'
  run_split mscomm publish -q "$q" --file .
  assert_status 11
  assert_stderr_has 'directory'
  status=0
  mscomm publish -q "$q" <&- 2>"$err" || status=$?
  assert_status 11
  queue_holds "$q" 1
}

# --- 3 unreachable -------------------------------------------------------------------------------

@test "3: nobody listens, no such host" {
  run_split mscomm publish -u amqp://guest:secret@127.0.0.1:1 -q "$q" x
  assert_status 3
  assert_stderr 'mscomm: publish: cannot connect to amqp://guest@127.0.0.1:1/: connection refused' \
    'hint: is the broker running? `mscomm probe amqp://guest@127.0.0.1:1/ --wait 30s` waits for it'
  run_split mscomm consume -u amqp://host.invalid "$q"
  assert_status 3
  assert_stderr_has host.invalid
}

@test "3: something else listens" {
  start_raw http 'send:HTTP/1.1 400 Bad Request\r\n\r\n' close
  run_split mscomm publish -u "amqp://$http" -q "$q" x
  assert_status 3
  assert_stderr_has 'the port speaks HTTP'
  start_raw closing close
  run_split mscomm publish -u "amqp://$closing" -q "$q" x
  assert_status 3
  start_raw old 'read:8' 'send:AMQP\x00\x01\x00\x00' close
  run_split mscomm publish -u "amqp://$old" -q "$q" x
  assert_status 3
  assert_stderr_lacks 'internal'
}

@test "3: the broker closes the connection" {
  manage PUT "vhosts/$q" '{}'
  touch vhost
  manage PUT "permissions/$q/guest" '{"configure":".*","write":".*","read":".*"}'
  amqp -u "$AMQP/$q" declare jobs
  start_process consumer mscomm consume -u "$AMQP/$q" jobs --on-loss fail
  start_publisher -u "$AMQP/$q" -q jobs --on-loss fail
  echo one >&8
  await 10 grep -qx one "$consumer_out"
  broker_ctl -q close_all_connections --vhost "$q" 'the test says so'
  await_process consumer
  assert_equal "$status" 3
  grep -qF 'the test says so' "$consumer_err"
  await_process publisher
  # All that was sent was confirmed.
  assert_equal "$status" 3
  grep -qF '1 sent, 1 confirmed' "$publisher_err"
}

# --- 4 denied ------------------------------------------------------------------------------------

@test "4: a wrong password, which is not shown" {
  local command
  for command in 'publish -q q x' 'consume q' 'fanout e x'; do
    # shellcheck disable=SC2086  # words
    run_split mscomm $command -u "amqp://guest:s3cret@$address"
    assert_status 4
    assert_stdout
    assert_stderr_has "cannot log in to amqp://guest@$address/"
    assert_stderr_has 'hint: is the user name right, and the password?'
    assert_stderr_lacks s3cret
  done
}

@test "4: a user without permissions" {
  manage PUT "users/$q" '{"password":"pw","tags":""}'
  touch user
  amqp declare "$q"
  export AMQP_URL=amqp://$q:pw@$address
  run_split mscomm consume "$q"
  assert_status 4
  assert_stderr_has "cannot log in to amqp://$q@$address/"
  assert_stderr_has 'hint: rabbitmqctl set_permissions'
  manage PUT "permissions/%2F/$q" '{"configure":"none","write":"none","read":"none"}'
  run_split mscomm consume "$q"
  assert_status 4
  assert_stderr_has 'hint: the user lacks the permission'
  run_split mscomm publish -q "$q" x
  assert_status 4
  run_split mscomm publish -e amq.fanout x
  assert_status 4
  run_split mscomm publish -q "$q-new" --declare x
  assert_status 4
  run_split mscomm fanout "$q-x" x
  assert_status 4
  run_split mscomm fanout amq.fanout --listen
  assert_status 4
  queue_holds "$q" 0
}

# --- 5 timeout -----------------------------------------------------------------------------------

@test "5: the deadline comes before enough messages" {
  amqp declare "$q"
  amqp fill "$q" 2
  run_split mscomm consume "$q" -n 3 --timeout 500ms
  assert_status 5
  assert_stdout 1 2
  assert_stderr_has 'after 2 messages'
  await 10 queue_holds "$q" 0
}

@test "5: the deadline comes before the end of the input" {
  amqp declare "$q"
  start_publisher -q "$q" --timeout 1500ms
  echo one >&8
  await_process publisher
  assert_equal "$status" 5
  grep -qF '1 sent, 1 confirmed' "$publisher_err"
  grep -qF 'the deadline passed' "$publisher_err"
}

@test "5: the broker stays silent" {
  local command
  start_raw silent hang
  for command in 'publish -q q x' 'consume q' 'fanout e --listen'; do
    # shellcheck disable=SC2086  # words
    run_split mscomm $command -u "amqp://$silent" --timeout 100ms
    assert_status 5
    assert_stderr_has "$silent"
  done
  run_split mscomm consume "$q" -u amqp://127.0.0.1:1 --wait 300ms
  assert_status 5
  assert_stderr_has 'gave up after '
}

# --- 6 partial, 7 in doubt, 8 empty ---------------------------------------------------------------

@test "6: some messages found a queue and some did not" {
  amqp declare "$q"
  run_split mscomm publish --jsonl <<JSON
{"exchange":"","routing_key":"$q","body":"1"}
{"exchange":"","routing_key":"$q-nowhere","body":"2"}
{"exchange":"","routing_key":"$q","body":"3"}
JSON
  assert_status 6
  assert_stderr_has '3 sent, 2 confirmed, 1 returned'
  assert_stderr_has "message 2 to queue '$q-nowhere' came back"
  queue_holds "$q" 2
}

@test "7: a broker that blocks publishers is named, counted and left in time" {
  amqp declare "$q"
  touch alarm
  broker_ctl -q eval 'rabbit_alarm:set_alarm({{resource_limit, disk, node()}, []}).'
  run_split mscomm publish -q "$q" --lines --window 3 --confirm-timeout 1s < <(seq 10)
  assert_status 7
  assert_stderr_has 'blocks publishers: low on disk'
  assert_stderr_has '3 sent, 0 confirmed, 3 in doubt'
  assert_stderr_has 'no confirm came for 1s (the broker is blocked: low on disk'
  run_split mscomm publish -q "$q" --timeout 500ms x
  assert_status 7
  assert_stderr_has '1 in doubt'
  # Ctrl-C works here, too.
  start_process blocked /usr/bin/python3 "$tests_root/support/measure.py" report \
    "$MSCOMM" publish -q "$q" x
  await 10 grep -qF 'blocks publishers' "$blocked_err"
  kill -INT "$(<report.pid)"
  await 2 grep -qx 'signal 2' report
  await_process blocked
  # It says so at once and goes on when the broker does.
  start_process patient mscomm publish -q "$q" x
  await 10 grep -qF 'blocks publishers' "$patient_err"
  broker_ctl -q eval 'rabbit_alarm:clear_alarm({resource_limit, disk, node()}).'
  rm alarm
  await_process patient
  assert_equal "$status" 0
  grep -qF '1 sent, 1 confirmed' "$patient_err"
}

@test "7: the connection is lost between a message and its confirm" {
  amqp declare "$q"
  start_relay
  start_publisher -u "$relay_url" -q "$q" --on-loss fail
  echo one >&8
  await 10 queue_holds "$q" 1
  kill -STOP "$relay_pid"
  # A thread that still runs would pass the second message on.
  stopped() { ! grep -hE '^[^)]*\) [^T]' "/proc/$relay_pid/task/"*/stat; }
  await 10 stopped
  echo two >&8
  # Until the message lies in the relay's socket, which nobody reads any more.
  unread() { grep -qE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$port") [0-9A-F:]+ 01 [0-9A-F]+:0*[1-9A-F]" /proc/net/tcp; }
  await 10 unread
  stop_process relay KILL
  await_process publisher
  assert_equal "$status" 7
  # The first one's confirm may have been on its way as well.
  grep -qE '2 sent, (1 confirmed, 1|0 confirmed, 2) in doubt' "$publisher_err" ||
    complain "$(<"$publisher_err")"
  queue_holds "$q" 1
}

@test "8: nothing to consume" {
  amqp declare "$q"
  run_split mscomm consume "$q" --until-empty
  assert_status 8
  run_split mscomm consume "$q" -n 1 --idle 50ms
  assert_status 8
  run_split mscomm consume "$q" --peek
  assert_status 8
}

# --- 130 and 143: by the signal itself ------------------------------------------------------------

# A command that waits ends by the signal, not by an exit status that looks like it.
ends_by() { # SIGNAL NUMBER CONDITION... -- COMMAND...
  local name=$1 number=$2 condition=()
  shift 2
  while [ "$1" != -- ]; do
    condition+=("$1")
    shift
  done
  shift
  rm -f report report.pid
  start_process waiting /usr/bin/python3 "$tests_root/support/measure.py" report "$@"
  await 10 test -e report.pid
  await 10 "${condition[@]}"
  kill -s "$name" "$(<report.pid)"
  await 2 test -s report
  await_process waiting
  grep -qx "signal $number" report || complain "$(<report)"
}

@test "130 and 143: a consumer that waits, and what it printed is taken" {
  amqp declare "$q"
  amqp publish "$q" x
  printed() { grep -qx x "$waiting_out"; }
  ends_by INT 2 printed -- "$MSCOMM" consume "$q"
  await 10 queue_holds "$q" 0
  ends_by TERM 15 queue_has_consumers "$q" 1 -- "$MSCOMM" consume "$q"
}

@test "130 and 143: a publisher that waits for input, and what it sent is confirmed" {
  amqp declare "$q"
  mkfifo input
  exec 8<>input
  echo x >&8
  ends_by INT 2 queue_holds "$q" 1 -- bash -c 'exec "$0" "$@" <input' "$MSCOMM" publish -q "$q" --lines
  grep -qF '1 sent, 1 confirmed' "$waiting_err"
  echo x >&8
  ends_by TERM 15 queue_holds "$q" 2 -- bash -c 'exec "$0" "$@" <input' "$MSCOMM" publish -q "$q" --lines
}

@test "130: while the broker does not answer" {
  start_raw silent hang
  connected() { grep -qE " [0-9A-F]+:$(printf %04X "${silent##*:}") [0-9A-F:]+ 01 " /proc/net/tcp; }
  ends_by INT 2 connected -- "$MSCOMM" fanout e --listen -u "amqp://$silent"
}

@test "5: a login that is refused until the end of --wait says so" {
  run_split mscomm publish -u "amqp://guest:wrong@${AMQP##*@}" --wait 1s -q jobs x
  assert_status 5
  assert_stderr_has 'gave up after'
  assert_stderr_has 'ACCESS_REFUSED'
}
