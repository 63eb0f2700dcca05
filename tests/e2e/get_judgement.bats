#!/usr/bin/env bats
# What get asks of a response besides its status, and what it makes of the body.
#
# shellcheck disable=SC2016  # what stands in single quotes is for jq

load helper

setup() { setup_service; }

@test "--assert: an expression that holds for the record is exit 0, one that does not is exit 9" {
  run_split mscomm get "$service/health" --assert '.json.status == "pass"' --assert '.total_ms < 60000'
  assert_status 0
  assert_stdout '{"status":"pass"}'
  run_split mscomm get "$service/health" --assert '.json.status == "fail"'
  assert_status 9
  assert_stdout '{"status":"pass"}'
  assert_stderr "mscomm: get: GET $service/health: 200 OK, but" \
    "--assert '.json.status == \"fail\"': .json.status is \"pass\"" \
    'hint: --format json shows the record that expressions look at'
}

@test "every assertion that does not hold is told, with the values that it looks at" {
  run_split mscomm get "$service/echo?a=1" --assert '.status == 201' --assert '.json.query.a == "1"' \
    --assert '.json.query["b"] == null and .json.missing.x > 3' --assert '(.json.query.a | tonumber) > 1' \
    --assert '.json | length > 100' --assert '.headers["x-served-by"] == "none"'
  assert_status 9
  assert_stderr_has "--assert '.status == 201': .status is 200"
  assert_stderr_lacks '.json.query.a == "1"'
  assert_stderr_has '.json.query["b"] is null, .json.missing.x is null'
  assert_stderr_has "'(.json.query.a | tonumber) > 1': .json.query.a is \"1\""
  assert_stderr_has "--assert '.json | length > 100': .json is {"
  assert_stderr_has '.headers["x-served-by"] is "'
}

@test "an assertion that fails to be computed does not hold; one that does not compile is exit 2" {
  run_split mscomm get "$service/health" --assert '.json.status > 1 and error("why")'
  assert_status 9
  assert_stderr_has 'cannot be told: --assert: why'
  run_split mscomm get "$service/health?count=never" --assert '.json.'
  assert_status 2
  assert_equal "$(curl -s "$service/count/never")" 0
}

@test "the more serious of status and assertion is the exit status, and both are told" {
  run_split mscomm get "$service/status/500" --assert '.json.status == 1'
  assert_status 9
  assert_stderr_has '500 Internal Server Error'
  assert_stderr_has ".json.status is 500"
  run_split mscomm get "$service/status/403" --assert 'false'
  assert_status 4
  run_split mscomm get "http://127.0.0.1:1/" --assert 'false'
  assert_status 3
  assert_stderr_lacks '--assert'
}

@test "the record says what came of it" {
  run_split mscomm get "$service/health" --assert 'false' --format json
  assert_status 9
  jq -e '.outcome == "violated" and (.error | contains("--assert")) and .json.status == "pass"' "$out"
}

@test "--jq prints what jq -rc makes of the body" {
  run_split mscomm get "$service/echo?x=%C3%A9" --jq '.query.x, .method, {a: 1}'
  assert_status 0
  assert_stdout é GET '{"a":1}'
  run_split mscomm get "$service/drip/5/1" --jq .
  assert_status 1
  assert_stderr_has '--jq'
  assert_stderr_has 'hint: --format json shows what came'
  # Of another answer than was wanted the body is shown as it is.
  run_split mscomm get "$service/status/404" --jq .nothing
  assert_status 1
  assert_stdout '{"status":404}'
}

@test "a jq program that does not end ends with the command" {
  local option
  for option in --jq --assert --until; do
    run_split mscomm get "$service/health" "$option" 'def f: f; f' --timeout 500ms
    assert_status 5
    assert_stderr 'mscomm: get: timed out while a jq program was running'
  done
  start_process endless mscomm get "$service/health" -v --jq 'def f: f; f'
  await 10 grep -q '< HTTP/1.1 200' "$endless_err"
  kill -INT "$endless_pid"
  await_process endless
  assert_status 130
}

@test "--timing draws each phase and each redirect on stderr" {
  run_split mscomm get "$service/redirect/2" -L --timing
  assert_status 0
  assert_equal "$(grep -c '^\(mscomm: get: \)\?GET .* 302: [0-9.]* ms$' "$err")" 2
  grep -q '^GET .* 200: [0-9.]* ms$' "$err"
  grep -q '^  first byte  *[0-9.]* ms  *█' "$err"
  run_split mscomm get "$service/health" --timing --log-format json
  jq -e '.message | contains("first byte")' "$err"
}

@test "TLS facts are in the record" {
  local tls=$MSCOMM_TEST_TLS_DIR
  start_service safe --cert "$tls/server.pem" --key "$tls/server.key"
  run_split mscomm get "$safe/health" --tls-ca "$tls/ca.pem" --format json \
    --assert '.tls.days_left > 0 and .tls.version == "TLSv1.3"'
  assert_status 0
  jq -e '.tls | (.cipher | length > 0) and (.subject | startswith("/")) and
    (.not_after | test("^20[0-9-]+T[0-9:.]+Z$"))' "$out"
  run_split mscomm get "$service/health" --format json
  jq -e '.tls == null' "$out"
}
