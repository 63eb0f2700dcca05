#!/usr/bin/env bats
# get --breaker: a circuit that other processes know of.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell

load helper

setup() {
  setup_test
  export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
  start_service service
}

times_sent() { curl -s "$service/count/$1"; } # NAME

fail_calls() { # N
  local i
  for ((i = 0; i < $1; i++)); do
    run_split mscomm get "$service/status/503" --breaker --quiet
    assert_status 1
  done
}

@test "a circuit opens after five failures, then nothing is sent and the exit status is 10" {
  fail_calls 5
  run_split mscomm get "$service/status/200?count=refused" --breaker
  assert_status 10
  assert_stdout
  assert_stderr_has "circuit '$service'"
  assert_stderr_has 'hint: '
  assert_equal "$(times_sent refused)" 0
  run_split mscomm get "$service/status/200" --breaker --format json
  assert_status 10
  assert_equal "$(jq -c '[.outcome, .attempts, .status]' "$out")" '["circuit_open",0,null]'
  # Who does not ask for it is not held up, nor who asks for another one.
  run_split mscomm get "$service/status/200"
  assert_status 0
  run_split mscomm get "$service/status/200" --breaker=another
  assert_status 0
  run_split mscomm breaker show "$service" --format json
  assert_equal "$(jq -r .state "$out")" open
  run_split mscomm breaker reset "$service"
  run_split mscomm get "$service/status/200" --breaker
  assert_status 0
}

@test "what counts as a failure: 404 does not, a refused connection does, --breaker-on says" {
  local i
  for i in 1 2 3 4 5 6; do
    run_split mscomm get "$service/status/404" --breaker --quiet
    assert_status 1
    run_split mscomm get "http://127.0.0.1:1/" --breaker --quiet
    [ "$i" -gt 5 ] || assert_status 3
  done
  assert_status 10
  for i in 1 2 3 4 5 6; do
    run_split mscomm get "$service/status/404" --breaker=strict --breaker-on 404 --quiet
  done
  assert_status 10
}

@test "after its time one call tries, and its success closes the circuit" {
  local i
  for i in 1 2 3; do
    run_split mscomm get "$service/status/500" --breaker --breaker-consecutive 3 --breaker-open 300ms --quiet
  done
  run_split mscomm get "$service/health" --breaker
  assert_status 10
  await 5 mscomm get "$service/health" --breaker --quiet
  run_split mscomm breaker show "$service" --format json
  assert_equal "$(jq -r .state "$out")" closed
}

@test "64 processes at an expired circuit: one request reaches the service" {
  local i refused
  for i in 1 2 3; do
    run_split mscomm get "$service/status/500" --breaker --breaker-consecutive 3 --breaker-open 1s --quiet
  done
  await 5 bash -c '[ "$("$0" breaker show "$1" --format json | jq "(.remaining_ms // 0) <= 0")" = true ]' \
    "$MSCOMM" "$service"
  for i in {1..64}; do
    timeout 30 "$MSCOMM" get "$service/delay/6000?count=probes" --breaker --quiet >/dev/null 2>"err.$i" &
    pids[i]=$!
  done
  refused=0
  for i in {1..64}; do
    status=0
    wait "${pids[i]}" || status=$?
    [ "$status" -ne 10 ] || refused=$((refused + 1))
  done
  echo "# $refused of 64 were refused"
  assert_equal "$(times_sent probes)" 1
  assert_equal "$refused" 63
}

counted_calls() { # the failed ones
  run_split mscomm breaker show "$1" --format json
  jq .failed "$out"
}

@test "of simultaneous failures each is counted: of processes, of -c, of load runs" {
  local i
  local -a many=(--breaker --breaker-window 1000 --breaker-min-calls 1000 --quiet) urls=()
  for i in {1..60}; do
    mscomm get "$service/status/503" "${many[@]}" >/dev/null 2>&1 &
    pids[i]=$!
    urls+=("$service/status/503?$i")
  done
  wait "${pids[@]}" || true
  assert_equal "$(counted_calls "$service")" 60
  run_split mscomm get "${urls[@]}" -c 30 "${many[@]}"
  assert_status 1
  assert_equal "$(counted_calls "$service")" 120
  for i in 1 2 3; do
    mscomm get "$service/status/503" -n 20 -c 2 "${many[@]}" >/dev/null 2>&1 &
    pids[i]=$!
  done
  wait "${pids[@]:1:3}" || true
  assert_equal "$(counted_calls "$service")" 180
}

@test "a state file that is a link, a FIFO or a folder is warned of once, and the call is made" {
  fail_calls 1
  local file kind
  file=$(echo "$XDG_STATE_HOME"/mscomm/breaker/*.cb)
  for kind in 'ln -s elsewhere' mkfifo mkdir; do
    rm -rf "$file"
    $kind "$file"
    run_split mscomm get "$service/health" "$service/json" "$service/json" -c 3 --breaker --retry 1
    assert_status 0
    assert_equal "$(grep -c 'the circuit breaker stands aside' "$err")" 1
    assert_stderr_has "cannot use '$file'"
    run_split mscomm breaker list
    assert_status 0
    assert_stdout
    assert_stderr_has "a circuit is not shown: cannot use '$file'"
    run_split mscomm get "$service/health" -n 3 --breaker
    assert_status 0
    assert_equal "$(grep -c 'the circuit breaker stands aside' "$err")" 1
  done
  [ ! -e "${file%/*}/elsewhere" ]
}

@test "a folder of states that is a link is warned of once" {
  mkdir -p "$XDG_STATE_HOME/mscomm" there
  ln -s "$PWD/there" "$XDG_STATE_HOME/mscomm/breaker"
  XDG_RUNTIME_DIR='' run_split mscomm get "$service/health" "$service/json" -c 2 --breaker
  assert_status 0
  assert_equal "$(grep -c 'forgets everything' "$err")" 1
}

@test "a refused attempt ends the retries" {
  run_split mscomm get "$service/status/503?count=all" --breaker --breaker-consecutive 3 \
    --retry 10 --backoff 1ms
  assert_status 10
  assert_equal "$(times_sent all)" 3
}

@test "a state that is no state does not hold up a request" {
  fail_calls 5
  local file
  for file in "$XDG_STATE_HOME"/mscomm/breaker/*.cb; do
    echo nonsense >"$file"
  done
  run_split mscomm get "$service/health" --breaker
  assert_status 0
  chmod 000 "$XDG_STATE_HOME/mscomm/breaker"
  run_split mscomm get "$service/health" --breaker
  chmod 700 "$XDG_STATE_HOME/mscomm/breaker"
  assert_status 0
}

@test "parameters are checked, and are nothing without --breaker" {
  run_split mscomm get "$service/health" --breaker-min-calls 3
  assert_status 2
  assert_stderr_has 'needs --breaker'
  run_split mscomm get "$service/health" --breaker --breaker-failure-rate 0%
  assert_status 2
  run_split mscomm get "$service/health" --breaker --breaker-window 0
  assert_status 2
  run_split mscomm get "$service/health" --breaker --breaker-window 60s --breaker-slow 2s
  assert_status 0
}
