#!/usr/bin/env bats
# get and its sisters when a request fails: what is sent again, and when, and what is seen of it.
#
# shellcheck disable=SC2016  # what stands in single quotes is for jq

load helper

setup() { setup_service; }

times_sent() { # NAME
  curl -s "$service/count/$1"
}

@test "--retry sends again what failed, and only the last answer is seen" {
  run_split mscomm get "$service/flaky/a/2?count=a-sent" --retry 3 --backoff 10ms
  assert_status 0
  assert_stdout '{"calls":3}'
  assert_equal "$(grep -c 'warning: .*503 Service Unavailable; attempt' "$err")" 2
  assert_equal "$(times_sent a-sent)" 3
  run_split mscomm get "$service/flaky/b/9" --retry 2 --backoff 10ms --format json
  assert_status 1
  assert_equal "$(jq -c '[.attempts, .status]' "$out")" '[3,503]'
  assert_stderr_has '503 Service Unavailable (attempt 3)'
}

@test "without --retry nothing is sent twice, nor what --retry-on does not name" {
  run_split mscomm get "$service/status/503?count=once"
  assert_status 1
  assert_equal "$(times_sent once)" 1
  run_split mscomm get "$service/status/503?count=other" --retry 3 --backoff 1ms --retry-on 429,connect
  assert_status 1
  assert_equal "$(times_sent other)" 1
  run_split mscomm get "$service/status/404?count=no" --retry 3 --backoff 1ms
  assert_status 1
  assert_equal "$(times_sent no)" 1
  run_split mscomm get "$service/status/404?count=yes" --retry 3 --backoff 1ms --retry-on 404
  assert_equal "$(times_sent yes)" 4
}

@test "each class of failure: refused, broken off, timed out, unknown name, bad certificate" {
  run_split mscomm get "http://127.0.0.1:1/" --retry 2 --backoff 1ms
  assert_status 3
  assert_stderr_has '(attempt 3)'
  run_split mscomm get "$service/truncated?count=cut" --retry 2 --backoff 1ms
  assert_status 3
  assert_equal "$(times_sent cut)" 3
  run_split mscomm get "$service/delay/5000?count=slow" --retry 1 --backoff 1ms --stall-timeout 1s
  assert_status 5
  assert_equal "$(times_sent slow)" 2
  run_split mscomm get "http://no-such-host.invalid/" --retry 2 --backoff 1ms
  assert_status 3
  assert_stderr_lacks 'attempt'
  run_split mscomm get "http://no-such-host.invalid/" --retry 1 --backoff 1ms --retry-on dns
  assert_stderr_has '(attempt 2)'
}

@test "a body that broke off is not seen when it is sent again" {
  run_split bash -c 'exec "$0" get "$1/truncated" --retry 1 --backoff 1ms | cat' "$MSCOMM" "$service"
  # Of the last attempt what came is shown, as without --retry; of the first nothing.
  assert_equal "$(wc -c <"$out")" 10
}

@test "Retry-After as seconds and as a date, and not beyond the time that there is" {
  local start date
  start=${EPOCHREALTIME/./}
  run_split mscomm get "$service/status/429?Retry-After=1&count=seconds" --retry 1 --backoff 1ms
  assert_status 1
  [ $((${EPOCHREALTIME/./} - start)) -ge 1000000 ] || complain 'it did not wait'
  assert_equal "$(times_sent seconds)" 2
  run_split mscomm get "$service/status/429?Retry-After=1&count=ignored" --retry 1 --backoff 1ms \
    --retry-after ignore --jitter none
  assert_stderr_has 'attempt 2 of 2 in 1ms'
  date=$(LC_ALL=C TZ=GMT date -d '+1 hour' '+%a, %d %b %Y %H:%M:%S GMT' | jq -sRr 'rtrimstr("\n") | @uri')
  run_split mscomm get "$service/status/503?Retry-After=$date&count=dated" --retry 1
  assert_status 1
  grep -qE 'not tried again: the next attempt would be in (59m|1h)' "$err"
  assert_equal "$(times_sent dated)" 1
  date=$(LC_ALL=C TZ=GMT date -d '-1 hour' '+%a, %d %b %Y %H:%M:%S GMT' | jq -sRr 'rtrimstr("\n") | @uri')
  run_split mscomm get "$service/status/503?Retry-After=$date&count=past" --retry 1
  assert_equal "$(times_sent past)" 2
}

@test "the whole time is bounded, by --retry-max-time and by --timeout" {
  run_split mscomm get "$service/status/503" --retry 1000 --backoff 200ms --jitter none \
    --retry-max-time 1s
  assert_status 1
  assert_stderr_has 'which is too late'
  run_split mscomm get "$service/status/503" --retry 1000 --backoff 200ms --jitter none --timeout 1s
  assert_status 1
  assert_stderr_has 'which is too late'
}

@test "pauses double up to the longest, all of them without jitter" {
  run_split mscomm get "$service/status/503" --retry 4 --backoff 10ms..40ms --jitter none
  assert_equal "$(grep -o 'in [0-9]*ms' "$err" | tr '\n' ' ')" 'in 10ms in 20ms in 40ms in 40ms '
}

@test "POST is not sent again unless that is asked for" {
  run_split mscomm post "$service/status/503?count=post" --retry 3 --backoff 1ms -d x
  assert_status 1
  assert_equal "$(times_sent post)" 1
  assert_stderr_has 'POST is not sent again'
  run_split mscomm post "$service/status/503?count=unsafe" --retry 1 --backoff 1ms --retry-unsafe -d x
  assert_equal "$(times_sent unsafe)" 2
  run_split mscomm put "$service/status/503?count=put" --retry 1 --backoff 1ms -d x
  assert_equal "$(times_sent put)" 2
}

@test "--idempotency-key: the same with each attempt" {
  run_split mscomm post "$service/echo" --idempotency-key auto -d x --jq '.headers["idempotency-key"]'
  assert_status 0
  grep -qE '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' "$out"
  run_split mscomm post "$service/echo" --idempotency-key order-7 -d x --jq '.headers["idempotency-key"]'
  assert_stdout order-7
  run_split mscomm post "$service/status/503?count=keyed" --idempotency-key k --retry 1 --backoff 1ms -d x
  assert_equal "$(times_sent keyed)" 2
}

@test "--until asks again until it holds, whatever comes before" {
  run_split mscomm get "$service/flaky/until/2" --until '.status == 200' --every 10ms --format json
  assert_status 0
  assert_equal "$(jq -c '[.status, .attempts]' "$out")" '[200,3]'
  run_split mscomm get "$service/status/404" --until '.status == 404' --every 10ms
  assert_status 0
  run_split mscomm get "$service/health" --until '.json.status == "fail"' --every 50ms --timeout 500ms
  assert_status 5
  assert_stderr_has 'what --until says did not hold for'
  assert_stdout '{"status":"pass"}'
}

@test "a POST that could not be sent is sent again" {
  run_split mscomm post http://127.0.0.1:1/ --retry 1 --backoff 1ms -d x
  assert_status 3
  assert_stderr_has 'attempt 2 of 2'
  # The first has arrived, though where it leads to nobody listens.
  run_split mscomm post "$service/redirect-to?url=http://127.0.0.1:1/&status=307&count=led" -L \
    --retry 1 --backoff 1ms -d x
  assert_status 3
  assert_equal "$(times_sent led)" 1
}

@test "--until goes on where the expression does not fit the answer" {
  run_split mscomm get "$service/health" --until '.json.status.db == "up"' --every 10ms --timeout 200ms
  assert_status 5
  assert_stderr_has 'Cannot index string with string "db": it does not hold yet'
}

@test "--until waits for a service that is not there yet" {
  local port
  port=$(/usr/bin/python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
  start_process waiting "$MSCOMM" get "http://127.0.0.1:$port/" --until '.status == 200' \
    --every 50ms --timeout 20s -v
  await 10 grep -q 'not yet: .*refused' "$waiting_err"
  start_process late /usr/bin/python3 -m http.server --bind 127.0.0.1 "$port"
  await_process waiting
  assert_equal "$status" 0
}

@test "each attempt is a span of its own in one trace" {
  export TRACEPARENT=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 TRACESTATE=a=b
  run_split mscomm get "$service/echo" "$service/echo" --format json
  assert_equal "$(jq -r .trace_id "$out" | sort -u)" 4bf92f3577b34da6a3ce929d0e0e4736
  assert_equal "$(jq -r .json.headers.traceparent "$out" | sort -u | wc -l)" 2
  jq -e '.json.headers | .tracestate == "a=b" and
    (.traceparent | test("^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$"))' "$out" >/dev/null
  TRACEPARENT=00-00000000000000000000000000000000-00f067aa0ba902b7-01 \
    run_split mscomm get "$service/echo" --jq '.headers | .traceparent, .tracestate'
  grep -qE '^00-[0-9a-f]{32}-[0-9a-f]{16}-01$' "$out"
  assert_equal "$(tail -n 1 "$out")" null
  run_split mscomm get "$service/echo" -H traceparent: --jq '.headers.traceparent'
  assert_stdout null
}

@test "on a kept connection that ends without an answer a POST is not sent again, a GET is" {
  local ok='send:HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
  start_raw fickle read read:1 "$ok" read read:1 close
  run_split mscomm post "$fickle/1" "$fickle/2" -d x -v --format '{outcome} {attempts}\n'
  assert_status 7
  assert_stdout 'ok 1' 'in_doubt 1'
  assert_stderr_has 'hint: the service may have done it all the same'
  assert_stderr_has "POST http://$fickle/2: the server closed the connection without an answer"
  assert_equal "$(grep -c '> POST /2' "$err")" 1
  start_raw fickle read "$ok" read close
  run_split mscomm get "$fickle/1" "$fickle/2" -v --format '{outcome} {attempts}\n'
  assert_status 0
  assert_stdout 'ok 1' 'ok 2'
  assert_equal "$(grep -c '> GET /2' "$err")" 2
}

@test "an idempotency key cannot bring headers of its own" {
  run_split mscomm post http://127.0.0.1:1/ -d x --idempotency-key $'a\nX-Evil: b'
  assert_status 2
  assert_stderr_has '--idempotency-key: the value of Idempotency-Key has a line break'
}

@test "a POST without an answer is in doubt, one that could not be sent and a GET are not" {
  start_raw closes read close
  start_raw silent hang
  run_split mscomm post "$closes" -d x
  assert_status 7
  run_split mscomm patch "$silent" -d x --timeout 300ms --format '{outcome}\n'
  assert_status 7
  assert_stdout in_doubt
  run_split mscomm put "$closes" -d x
  assert_status 3
  run_split mscomm post "https://$silent" -d x --timeout 300ms
  assert_status 5
  run_split mscomm post http://127.0.0.1:1 -d x
  assert_status 3
}

@test "an attempt in doubt is not forgotten for one that could not be sent" {
  cat >once.py <<'PY'
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
peer, _ = listener.accept()
listener.close()
peer.recv(10000)
PY
  start_listener once /usr/bin/python3 once.py
  run_split mscomm post "127.0.0.1:$port/pay" -d x --retry 1 --retry-unsafe --backoff 300ms --jitter none
  assert_status 7
  assert_stderr_has 'cannot connect: Connection refused (attempt 2)'
  assert_stderr_has 'hint: an attempt before was sent and not answered'
}

@test "what a server expects not is its answer" {
  start_raw unexpected read 'send:HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n'
  for command in post put; do
    run_split mscomm $command "$unexpected" -d x -H 'Expect: 100-continue' --format '{status} {attempts}\n'
    assert_status 1
    assert_stdout '417 1'
  done
}
