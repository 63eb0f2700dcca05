#!/usr/bin/env bats
# probe: HTTP services, brokers and ports, once and until they are up.

bats_require_minimum_version 1.5.0
load helper

setup() {
  setup_test
  # The default is for a machine with nothing else to do.
  export MSCOMM_CONNECT_TIMEOUT=10s
}

# Where nothing listens: bound, so that nobody else gets it, but not listening.
closed_port() {
  start_listener closed /usr/bin/python3 -uc \
    'import socket, time; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1]); time.sleep(600)'
  closed=127.0.0.1:$port
}

# Where connecting is never answered: the queue of those that wait for accept() is full.
black_hole() {
  start_listener hole /usr/bin/python3 -uc '
import socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(0)
held = [socket.socket() for _ in range(3)]
for c in held:
    c.setblocking(False)
    c.connect_ex(s.getsockname())
time.sleep(0.2)
print(s.getsockname()[1])
time.sleep(600)'
  hole=127.0.0.1:$port
}

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# A member of the first record on stdout.
member() { jq -r "$1" "$out" | head -n 1; }

# The broker's URL with another user info or path.
broker_as() { sed -E "s#//[^@]*@#//$1@#" <<<"$AMQP"; }

@test "everything that holds is exit 0, a line each, in the order given" {
  start_service service
  run_split mscomm probe "$AMQP" "$service/health" "tcp://${service#http://}"
  assert_status 0
  assert_stderr
  assert_equal "$(wc -l <"$out")" 3
  sed -n 1p "$out" | grep -qE '^ok    amqp://guest@.*/  +login  +[0-9.]+ ms  RabbitMQ [0-9.]+$'
  sed -n 2p "$out" | grep -qE '^ok    http://.*/health  +200 OK  +[0-9.]+ ms$'
  sed -n 3p "$out" | grep -qE '^ok    tcp://[0-9.:]+  +connect  +[0-9.]+ ms$'
}

@test "a broker at each level" {
  for level in connect login roundtrip; do
    run_split mscomm probe --level $level --format '{ok} {level} {server}\n' "$AMQP"
    assert_status 0
    assert_stdout_has "true $level RabbitMQ "
  done
}

@test "a broker over TLS, verified and not" {
  run_split mscomm probe --level roundtrip --tls-ca "$MSCOMM_TEST_TLS_DIR/ca.pem" "$MSCOMM_TEST_AMQPS_URL"
  assert_status 0
  run_split mscomm probe "$MSCOMM_TEST_AMQPS_URL"
  assert_status 3
  assert_stderr_has '--tls-ca'
  run_split mscomm probe --insecure "$MSCOMM_TEST_AMQPS_URL"
  assert_status 0
}

@test "a round trip leaves no queue behind" {
  broker_ctl -q list_queues name >/dev/null
  before=$(broker_ctl -q list_queues name | wc -l)
  run_split mscomm probe --level roundtrip --successes 3 --every 10ms "$AMQP"
  assert_status 0
  assert_equal "$(broker_ctl -q list_queues name | wc -l)" "$before"
}

@test "an unexpected status is exit 1, with the status" {
  start_service service
  run_split mscomm probe "$service/status/503"
  assert_status 1
  assert_stdout "FAIL  $service/status/503  503 Service Unavailable"
}

@test "--expect says which statuses are healthy" {
  start_service service
  run_split mscomm probe --expect 404,5xx "$service/status/503" "$service/status/404"
  assert_status 0
  run_split mscomm probe --expect 404 "$service/health"
  assert_status 1
  assert_stdout "FAIL  $service/health  200 OK, expected 404"
  run_split mscomm probe --expect lots "$service/health"
  assert_status 2
  assert_stderr_has "--expect: 'lots'"
}

@test "a redirect is not followed, and says where it leads" {
  start_service service
  run_split mscomm probe "$service/redirect/1"
  assert_status 1
  assert_stdout_has '302 Found'
  assert_stderr_has '--expect 302'
}

@test "a refused password is exit 4 and stays secret" {
  start_service service
  run_split mscomm probe "$(broker_as guest:sekret)"
  assert_status 4
  assert_stderr_has 'the password'
  run_split mscomm probe -vv --format json "$(broker_as guest:sekret)" \
    "http://me:sekret@${service#http://}/basic/me/right"
  assert_status 4
  run ! grep -q sekret "$out" "$err"
  run_split mscomm probe "http://me:right@${service#http://}/basic/me/right"
  assert_status 0
}

@test "a password file is for the brokers" {
  (umask 077 && echo guest >password)
  run_split mscomm probe --password-file password "$(broker_as guest)"
  assert_status 0
}

@test "a virtual host that does not exist is exit 1, and none of the level connect's business" {
  run_split mscomm probe "${AMQP%/}/nowhere"
  assert_status 1
  assert_stdout_has 'vhost nowhere not found'
  run_split mscomm probe --level connect "${AMQP%/}/nowhere"
  assert_status 0
}

@test "a closed port is exit 3 for every kind of target" {
  closed_port
  run_split mscomm probe "tcp://$closed" "http://$closed" "amqp://$closed"
  assert_status 3
  assert_equal "$(grep -ci 'cannot connect: connection refused' "$out")" 3
  assert_stderr_has '--wait'
}

@test "some holding and some not is exit 6" {
  start_service service
  closed_port
  run_split mscomm probe "$service/health" "tcp://$closed"
  assert_status 6
  run_split mscomm probe "$service/health" "$service/status/500"
  assert_status 6
}

@test "a black hole is exit 5 within a second" {
  black_hole
  unset MSCOMM_CONNECT_TIMEOUT
  start=$(milliseconds)
  run_split mscomm probe "tcp://$hole" "http://$hole" "https://$hole" "amqp://$hole" "amqps://$hole"
  took=$(($(milliseconds) - start))
  assert_status 5
  assert_equal "$(grep -c ^FAIL "$out")" 5
  ((took >= 850 && took < 8000)) || complain "took $took ms"
}

@test "a service that accepts and never answers is exit 5 in time" {
  start_raw silent hang
  run_split mscomm probe --connect-timeout 300ms "http://$silent" "https://$silent" \
    "amqp://$silent" "amqps://$silent"
  assert_status 5
  assert_equal "$(grep -c ^FAIL "$out")" 4
  run_split mscomm probe --connect-timeout 300ms --level connect "amqp://$silent"
  assert_status 5
}

@test "--timeout without --wait is the time of the check" {
  start_service service
  unset MSCOMM_CONNECT_TIMEOUT
  run_split mscomm probe "$service/delay/1500"
  assert_status 5
  run_split mscomm probe --timeout 20s "$service/delay/1500"
  assert_status 0
}

@test "TLS on a plain port and the reverse are told apart from a service that is down" {
  local plain=${AMQP##*@} secure=${MSCOMM_TEST_AMQPS_URL##*@}
  run_split mscomm probe "amqp://$secure"
  assert_status 3
  assert_stdout_has 'the port speaks TLS'
  assert_stderr_has 'amqps://'
  run_split mscomm probe "amqps://$plain"
  assert_status 3
  assert_stderr_has 'amqp://'
  start_service service
  run_split mscomm probe "https://${service#http://}/"
  assert_status 3
  assert_stderr_has 'http://'
}

@test "bad targets are exit 2 before anything is sent" {
  start_service service
  for bad in db:5432 mq htp://x tcp://x tcp://x:0 tcp://x:1/y amqp://mq:x http:// ''; do
    run_split mscomm probe "$service/json?count=sent" "$bad"
    assert_status 2
    assert_stdout
    assert_stderr_has 'hint: '
  done
  run_split mscomm get "$service/count/sent"
  assert_stdout_has 0
  run_split mscomm probe db:5432
  assert_stderr_has 'write tcp://db:5432'
  run_split mscomm probe
  assert_status 2
  run_split mscomm probe --level deep "$AMQP"
  assert_status 2
  run_split mscomm probe --successes 0 "$AMQP"
  assert_status 2
  run_split mscomm probe --wait 1s --every 0 "$AMQP"
  assert_status 2
}

@test "--wait ends when the service has come up" {
  start_listener port_only /usr/bin/python3 -uc \
    'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
  start_process probe mscomm probe -v --wait 60s --every 100ms "tcp://127.0.0.1:$port" "$AMQP"
  await 20 grep -q 'refused; next check in' "$probe_err"
  start_process late /usr/bin/python3 -uc \
    "import socket, time; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', $port)); s.listen(); time.sleep(600)"
  await_process probe
  assert_equal "$status" 0
  assert_equal "$(grep -c '^ok ' "$probe_out")" 2
}

@test "--wait takes a service that recovers, and --successes one that stays so" {
  start_service service
  run_split mscomm probe --format json --wait 60s --every 10ms "$service/flaky/a/3"
  assert_status 0
  assert_equal "$(member .attempts)" 4
  run_split mscomm probe --format json --wait 60s --every 10ms --successes 3 "$service/flaky/b/2"
  assert_status 0
  assert_equal "$(member .attempts)" 5
}

@test "--wait that was in vain is exit 5, with the last error" {
  closed_port
  start_service service
  run_split mscomm probe --wait 300ms --every 50ms "tcp://$closed" "$service/status/503"
  assert_status 5
  assert_stdout_has 'gave up after 300ms: cannot connect: connection refused'
  assert_stdout_has 'gave up after 300ms: 503 Service Unavailable'
  run_split mscomm probe --wait 300ms --every 50ms "tcp://$closed" "$service/health"
  assert_status 6
  run_split mscomm probe --wait 1h --timeout 300ms "tcp://$closed"
  assert_status 5
}

@test "--wait does not wait for what time cannot heal" {
  run_split mscomm probe --wait 60s --tls-ca missing.pem "$MSCOMM_TEST_AMQPS_URL"
  assert_status 11
}

@test "without --wait, --successes is so many checks of which none may fail" {
  start_service service
  run_split mscomm probe --format json --successes 3 --every 10ms "$service/json?count=tries"
  assert_status 0
  assert_equal "$(member .attempts)" 3
  run_split mscomm probe --successes 3 --every 10ms "$service/flaky/c/1"
  assert_status 1
}

@test "a record in JSON has what is known" {
  start_service service
  closed_port
  run_split mscomm probe --format json "$AMQP" "$service/status/418" "tcp://$closed"
  assert_status 6
  assert_stderr
  jq -es '
    (.[0] | .kind == "amqp" and .level == "login" and .ok and .outcome == "ok" and .attempts == 1
      and .latency_ms >= .connect_ms and .connect_ms > 0 and (.server | startswith("RabbitMQ "))
      and has("error") == false and has("status") == false)
    and (.[1] | .kind == "http" and .ok == false and .outcome == "failed" and .status == 418
      and (.error | startswith("418")) and has("level") == false and has("latency_ms") == false)
    and (.[2] | .kind == "tcp" and .outcome == "unreachable" and (.hint | length) > 0
      and has("connect_ms") == false)' "$out" >/dev/null || complain 'the records are not as expected'
}

@test "a format string, to a file" {
  start_service service
  run_split mscomm probe --format '{outcome} {status}\n' -o result "$service/health" "$service/status/404"
  assert_status 6
  assert_stdout
  assert_equal "$(<result)" "$(printf 'ok 200\nfailed 404')"
  run_split mscomm probe --format '{statsu}' "$service/health"
  assert_status 2
  assert_stderr_has "did you mean 'status'?"
}

@test "several hosts of a broker URL are several targets" {
  closed_port
  run_split mscomm probe "${AMQP%/},$closed/"
  assert_status 6
  assert_equal "$(wc -l <"$out")" 2
}

@test "Ctrl-C ends it at once in every state" {
  black_hole
  start_raw silent hang
  closed_port
  for arguments in "--connect-timeout 60s" "--wait 60s --every 50s"; do
    # shellcheck disable=SC2086
    start_process probe mscomm probe -vv $arguments "tcp://$hole" "http://$hole" "http://$silent" \
      "https://$silent" "amqp://$silent" "amqps://$silent" "tcp://$closed" "$AMQP"
    await 20 grep -q 'connected to' "$probe_err"
    start=$(milliseconds)
    stop_process probe INT
    took=$(($(milliseconds) - start))
    assert_equal "$status" 130
    ((took < 10000)) || complain "took $took ms"
  done
}

@test "a broker with an alarm fails the round trip with the reason, and no other level" {
  broker_ctl set_vm_memory_high_watermark absolute 1000
  run_split mscomm probe --level login "$AMQP"
  first=$status
  start=$(milliseconds)
  run_split mscomm probe --level roundtrip --connect-timeout 60s "$AMQP"
  took=$(($(milliseconds) - start))
  broker_ctl set_vm_memory_high_watermark absolute 4096MiB # what scripts/broker gives a node
  assert_equal "$first" 0
  assert_status 1
  assert_stdout_has 'the broker accepts no messages: low on memory'
  ((took < 30000)) || complain "took $took ms"
}
