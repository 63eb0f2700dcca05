#!/usr/bin/env bats
# get -n, --duration, --rate, --slo: load and what it measures.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell

bats_require_minimum_version 1.5.0
load helper

setup() { setup_service; }

times_sent() { curl -s "$service/count/$1"; } # NAME

measured() { # EXPRESSION of the JSON summary in $out
  jq -c "$1" "$out"
}

@test "-n sends exactly so many requests over -c connections and says what came of them" {
  run_split mscomm get "$service/status/200?count=all" -n 500 -c 7 --format json
  assert_status 0
  assert_stderr
  assert_equal "$(times_sent all)" 500
  assert_equal "$(measured '[.requests, .succeeded, .failed, .unsent, .connections, .concurrency]')" \
    '[500,500,0,0,7,7]'
  assert_equal "$(measured '.statuses')" '{"200":500}'
  assert_equal "$(measured '.service_ms | keys')" \
    '["max","mean","min","p50","p75","p90","p95","p99","p99.9"]'
  assert_equal "$(measured '.service_ms | 0 < .min and .min <= .p50 and .p50 <= .p99 and
    .p99 <= .["p99.9"] and .["p99.9"] <= .max')" true
  # A closed loop has no time at which a request was due.
  assert_equal "$(measured 'has("response_ms") or has("send_lag_ms") or has("target_rate")')" false
  assert_equal "$(measured '(.rate - .requests / .took_ms * 1000 | fabs) < 0.001')" true
}

@test "what is measured is what the service took" {
  run_split mscomm get "$service/delay/150" -n 8 -c 4 --format json
  assert_status 0
  assert_equal "$(measured '.service_ms.min >= 150 and .took_ms >= 300')" true
}

@test "one request at once is one connection, also for more than there are" {
  run_split mscomm get "$service/health" -n 3 --format '{requests} {connections} {concurrency}\n'
  assert_status 0
  assert_stdout '3 3 3'
  run_split mscomm get "$service/health" -n 20 -c 1 --format '{requests} {connections}\n'
  assert_stdout '20 1'
}

@test "the summary for people has rate, latencies, statuses and failures" {
  run_split mscomm get "$service/status/503" "$service/health" -n 10 -c 2
  assert_status 6
  assert_stdout_has "GET $service/status/503 and 1 more"
  assert_stdout_has '10 requests in '
  assert_stdout_has '5 succeeded, 5 failed'
  assert_stdout_has 'statuses: 200 x 5, 503 x 5'
  assert_stdout_has '       5  status 503'
  assert_stdout_has '{"status":503}'
  assert_stderr_has "5 of 10 requests failed, the first: GET $service/status/503: 503"
}

@test "when nothing answers, the exit status says why" {
  run_split mscomm get http://127.0.0.1:1/ -n 20 --format json
  assert_status 3
  assert_equal "$(measured '[.requests, .failed, .failures]')" '[20,20,{"connect":20}]'
  assert_equal "$(measured 'has("service_ms")')" false
  run_split mscomm get "$service/status/500" -n 20 --format json
  assert_status 1
  assert_equal "$(measured '.failures')" '{"status 500":20}'
  assert_equal "$(measured '.samples | length')" 3
  assert_equal "$(measured '.samples[0].body')" '"{\"status\":500}\n"'
}

@test "a request that takes longer than --request-timeout is a failure of its own kind" {
  run_split mscomm get "$service/stall/slow/3/5000" -n 20 -c 2 --request-timeout 300ms --format json
  assert_status 6
  assert_equal "$(measured '[.succeeded, .failures]')" '[19,{"timeout":1}]'
  # Also of an attempt, which another may follow.
  run_split mscomm get "$service/stall/again/1/5000" --request-timeout 300ms --retry 1 \
    --backoff 1ms..1ms
  assert_status 0
  assert_stdout '{"calls":2}'
}

@test "--expect, --assert and --schema judge every response" {
  run_split mscomm get "$service/status/404" -n 10 --expect 404 --format '{succeeded}\n'
  assert_status 0
  assert_stdout 10
  echo '{"properties": {"calls": {"maximum": 6}}}' >schema.json
  run_split mscomm get "$service/stall/calls/0/0" -n 10 -c 3 --schema schema.json --format json
  assert_status 6
  assert_equal "$(measured '[.succeeded, .failures]')" '[6,{"violated":4}]'
  run_split mscomm get "$service/stall/calls/0/0" -n 10 -c 3 --assert '.json.calls > 10'
  assert_status 0
}

@test "--openapi judges every response, and a request that it does not have is not sent once" {
  cat >api.yaml <<'YAML'
openapi: 3.0.3
info: {title: calls, version: '1'}
paths:
  /stall/{name}/{call}/{ms}:
    get:
      parameters:
        - {name: name, in: path, required: true, schema: {type: string}}
        - {name: call, in: path, required: true, schema: {type: integer}}
        - {name: ms, in: path, required: true, schema: {type: integer}}
      responses:
        '200':
          description: a call
          content:
            application/json:
              schema: {type: object, properties: {calls: {type: integer, maximum: 6}}}
YAML
  run_split mscomm get "$service/stall/described/0/0" -n 10 -c 3 --openapi api.yaml --format json
  assert_status 6
  assert_equal "$(measured '[.succeeded, .failures]')" '[6,{"violated":4}]'
  run_split mscomm get "$service/status/200?count=undescribed" -n 10 --openapi api.yaml
  assert_status 9
  assert_equal "$(times_sent undescribed)" 0
}

@test "an objective that is missed is exit 12, and all of them are told" {
  run_split mscomm get "$service/delay/50" -n 10 -c 5 --slo 'p99<10ms, errors<1%, rate>=100000/s' \
    --format json
  assert_status 12
  assert_equal "$(measured '[.objectives[] | [.objective, .met]]')" \
    '[["p99<10ms",false],["errors<1%",true],["rate>=100000/s",false]]'
  assert_stderr_has 'p99<10ms was missed: '
  assert_stderr_has 'rate>=100000/s was missed: '
  run_split mscomm get "$service/delay/50" -n 10 -c 5 --slo 'p50>=50ms,max<30s,mean<=30s,errors<=0'
  assert_status 0
  assert_stdout_has '     met  p50>=50ms: '
}

@test "how many may fail is for --slo to say" {
  run_split mscomm get "$service/flaky/some/5" -n 100 -c 1 --slo 'errors<=5%'
  assert_status 0
  run_split mscomm get "$service/flaky/more/6" -n 100 -c 1 --slo 'errors<=5%'
  assert_status 12
  assert_stderr_has 'errors<=5% was missed: 6%'
  # Without a word about them, a failure is a failure, and it is the more serious thing.
  run_split mscomm get "$service/flaky/none/1" -n 100 -c 1 --slo 'p50<1ns'
  assert_status 6
  # Several options are one list.
  run_split mscomm get "$service/health" -n 2 --slo 'p50<1ns' --slo 'p99<1h'
  assert_status 12
  assert_stderr_has 'p50<1ns was missed'
  # A request without a response took for ever.
  run_split mscomm get http://127.0.0.1:1/ -n 10 --slo 'p50<10s,errors<=100%'
  assert_status 12
  assert_stderr_has 'p50<10s was missed: no response'
}

@test "--rate is kept, whatever -c could do" {
  run_split mscomm get "$service/status/200?count=paced" --rate 100 --duration 1500ms -c 5 --format json
  assert_status 0
  assert_equal "$(times_sent paced)" "$(measured .requests)"
  assert_equal "$(measured '[.requests, .unsent]')" '[150,0]'
  assert_equal "$(measured '.target_rate')" 100
  assert_equal "$(measured '.took_ms >= 1500')" true
  assert_equal "$(measured '.response_ms.max >= .service_ms.max and has("send_lag_ms")')" true
}

@test "a stall of a second shows in the response time, where service time alone hides it" {
  run_split mscomm get "$service/stall/once/50/1000" --rate 100 -n 300 -c 1 --format json
  assert_status 0
  assert_equal "$(measured '.requests')" 300
  # One request in 300 was slow to be answered, but a hundred were due meanwhile.
  assert_equal "$(measured '.service_ms.max >= 1000 and .service_ms.p99 < 500')" true
  assert_equal "$(measured '.response_ms.p90 >= 500 and .response_ms.max >= 1000')" true
  run_split mscomm get "$service/stall/twice/50/1000" --rate 100 -n 300 -c 1 --slo 'p90<500ms'
  assert_status 12
  assert_stdout_has 'response time from when it was due'
}

@test "what was due but never sent is counted, and no objective overlooks it" {
  run_split mscomm get "$service/delay/200" --rate 100 --duration 1s -c 1 --format json \
    --slo 'p90<30s'
  assert_status 12
  assert_equal "$(measured '.requests + .unsent')" 100
  assert_equal "$(measured '.unsent > 80')" true
  assert_stderr_has 'p90<30s was missed: no response'
  assert_stderr_has 'requests a second instead of 100'
}

@test "--duration sends for so long and waits for what is under way" {
  run_split mscomm get "$service/delay/400?count=timed" --duration 1s -c 3 --format json
  assert_status 0
  assert_equal "$(times_sent timed)" "$(measured .requests)"
  assert_equal "$(measured '.failed == 0 and .took_ms >= 1000 and .requests >= 6')" true
}

@test "-n and --duration: whichever ends first" {
  run_split mscomm get "$service/health" -n 5 --duration 60s --format '{requests}\n'
  assert_status 0
  assert_stdout 5
}

@test "--timeout ends the run, which is exit 5 and still has a summary" {
  run_split mscomm get "$service/delay/100" -n 100000 -c 2 --timeout 1s --format json
  assert_status 5
  assert_stderr_has 'of 100000 requests'
  assert_equal "$(measured '.succeeded > 0 and .requests < 100')" true
}

@test "a service that does not answer is not called faster than what measures it" {
  run_split mscomm get "$service/delay/5000" --duration 10s -c 3 --timeout 800ms
  assert_status 5
  assert_stderr_has 'timed out after 3 requests'
  assert_stderr_lacks 'waited for the service'
}

@test "Ctrl-C prints the summary so far" {
  start_process load mscomm get "$service/status/200?count=running" --duration 600s -c 2 --format json
  sent_some() { (($(times_sent running) > 10)); }
  await 10 sent_some
  stop_process load INT
  assert_equal "$status" 130
  assert_equal "$(jq '.requests > 10 and .failed == 0 and .interrupted' "$load_out")" true
}

@test "several URLs are asked in turn, also those of stdin" {
  printf '%s\n' "$service/status/200?count=one" "$service/status/200?count=two" >urls
  run_split mscomm get - -n 30 -c 4 --format '{requests}\n' <urls
  assert_status 0
  assert_equal "$(times_sent one) $(times_sent two)" '15 15'
}

@test "more connections than open files are allowed is said before anything is sent" {
  run_split bash -c 'ulimit -S -n 40; exec "$@"' - "$MSCOMM" get "$service/health" -n 100 -c 100
  assert_status 0
  run_split bash -c 'ulimit -n 100; exec "$@"' - "$MSCOMM" get "$service/status/200?count=many" -n 100 -c 100
  assert_status 2
  assert_stderr_has '100 connections at once need 164 open files, and only 100 are allowed'
  assert_equal "$(times_sent many)" 0
}

@test "a body is sent with every request" {
  run_split mscomm post "$service/echo" --json '{"a":1}' -n 10 -c 2 --assert '.json.body == "{\"a\":1}"'
  assert_status 0
}

@test "with --breaker an open circuit refuses, which is counted, and others know of it" {
  run_split mscomm get "$service/status/503?count=broken" -n 40 -c 1 --rate 1000 --breaker --format json
  assert_status 10
  assert_equal "$(times_sent broken)" 5
  assert_equal "$(measured .failures)" '{"circuit open":35,"status 503":5}'
  run_split mscomm get "$service/health" --breaker
  assert_status 10
}

@test "what the environment says of a single request gives way to load" {
  export MSCOMM_RETRY=2 MSCOMM_LOCATION=true MSCOMM_JQ=. MSCOMM_TIMING=true
  run_split mscomm get "$service/health" -n 3 --format '{succeeded}\n'
  assert_status 0
  assert_stdout 3
  run_split mscomm get "$service/health" --until '.status == 200'
  assert_status 0
  MSCOMM_IDEMPOTENCY_KEY=auto run_split mscomm get "$service/health" -n 3 --format '{succeeded}\n'
  assert_stdout 3
}

@test "what the environment or a profile says of another option is idle without it" {
  export MSCOMM_RATE=50 MSCOMM_EVERY=1ms MSCOMM_BREAKER_OPEN=3s
  printf '[profile.load]\nslo = "p99<1ns"\nreport = "page.html"\n[profile.wait]\nuntil = ".status == 200"\n' >config
  export MSCOMM_CONFIG=$PWD/config
  run_split mscomm get "$service/health" --profile load --format '{status}\n'
  assert_status 0
  assert_stdout 200
  run_split mscomm get "$service/health" --profile load -n 3 --format '{target_rate}\n'
  assert_status 12
  assert_stdout 50
  test -s page.html
  run_split mscomm get "$service/health" --profile wait --retry 1 --format '{status}\n'
  assert_status 0
  run_split mscomm get "$service/health" --breaker=false
  assert_status 0
  run_split mscomm get "$service/health" --every 1s
  assert_status 2
}

@test "connections that are not kept are told" {
  run_split mscomm get "$service/health" -n 30 -c 2 -H 'Connection: close'
  assert_status 0
  assert_stderr_has 'warning: no connection was used for two requests'
  # Those that fail are no sign: nothing listens for TLS there.
  run_split mscomm get "$service/health" "${service/http:/https:}/health" -n 40 -c 2 --slo 'errors<60%'
  assert_status 0
  assert_stderr_lacks 'no connection was used'
  run_split mscomm get "$service/health" -n 30 -c 2
  assert_status 0
  assert_stderr_lacks 'no connection was used'
}

@test "a caller whom the circuit refuses in a closed loop comes back when it may" {
  run_split mscomm get "$service/flaky/heals/5" --duration 2s -c 2 --breaker --breaker-open 300ms \
    --format json --slo 'errors<100'
  assert_status 0
  assert_equal "$(measured '.succeeded > 0 and .failures["circuit open"] < 20')" true
}

@test "options that have no place in a load run are refused, and the reverse" {
  local option
  for option in --location --timing '--retry 2' '--until .status==200' '--jq .' --include \
    '--idempotency-key auto'; do
    # shellcheck disable=SC2086  # an option and its value
    run_split mscomm get "$service/health" -n 2 $option
    assert_status 2
    assert_stderr_has "${option%% *}"
    assert_stderr_has 'exclude each other'
    [[ $option == --include ]] || assert_stderr_has 'a load run sends each request once'
  done
  for option in '--rate 5' '--slo p99<1s' '--report page.html'; do
    # shellcheck disable=SC2086
    run_split mscomm get "$service/health" $option
    assert_status 2
    assert_stderr_has 'needs --requests or --duration'
  done
}

@test "an objective that is none is refused before anything is sent" {
  local list
  for list in '' p99 'p99<' 'p101<1s' 'p0<1s' 'q99<1s' 'p99<5' 'errors<101%' 'errors<x' 'rate>0' \
    'p99<1s,' 'p99=1s'; do
    run_split mscomm get "$service/status/200?count=none" -n 2 --slo "$list"
    assert_status 2
    assert_stderr_has '--slo'
  done
  assert_equal "$(times_sent none)" 0
}

@test "what ends without an answer on a kept connection fails, or is counted as sent again" {
  local ok='send:HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
  start_raw fickle read read:1 "$ok" read read:1 close
  run_split mscomm post "$fickle" -d x -n 10 -c 1 --format '{succeeded} {failed} {resent}\n'
  assert_status 7
  assert_stdout '5 5 0'
  start_raw fickle read "$ok" read close
  run_split mscomm get "$fickle" -n 10 -c 1 --format '{succeeded} {failed} {resent}\n'
  assert_status 0
  assert_stdout '10 0 9'
}

@test "shares are not missed by a rounding error" {
  for i in $(seq 1000); do echo "$service/status/$((i % 142 == 0 ? 500 : 200))"; done >urls
  run_split mscomm get - -n 1000 --slo 'errors<=0.7%' --format '{failed}\n' <urls
  assert_status 0
  assert_stdout 7
}

@test "a rate that nothing could measure is refused" {
  run_split mscomm get "$service/health" --rate 100000000000000000000 --duration 1s
  assert_status 2
  assert_stderr_has 'is more than a thousand million a second'
}
