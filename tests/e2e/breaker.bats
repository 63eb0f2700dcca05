#!/usr/bin/env bats
# Circuits that are looked at, opened and closed by hand.

load helper

setup() {
  setup_test
  circuits=$XDG_STATE_HOME/mscomm/breaker
}

member() { jq -r "$1" "$out"; }

@test "there is no circuit before a call has left one" {
  run_split mscomm breaker list
  assert_status 0
  assert_stdout
  assert_stderr
  run_split mscomm breaker
  assert_status 0
  assert_stdout
}

@test "trip opens a circuit until it is reset" {
  run_split mscomm breaker trip payments
  assert_status 0
  assert_stdout
  assert_stderr "mscomm: breaker: 'payments' is open until it is reset"
  run_split mscomm breaker list
  assert_status 0
  assert_stdout 'forced_open  payments  by hand'
  run_split mscomm breaker reset payments
  assert_status 0
  assert_stderr "mscomm: breaker: 'payments' is closed"
  run_split mscomm breaker list
  assert_stdout 'closed  payments  no calls'
}

@test "what get takes for a URL without http:// is one here too" {
  mscomm breaker trip localhost:81/path
  mscomm breaker trip '[::1]:82'
  run_split mscomm breaker list --format '{key}\n'
  assert_stdout 'http://[::1]:82' http://localhost:81
  # Unless a call has used it as a name.
  run_split mscomm get http://127.0.0.1:1/ --breaker=orders:2
  mscomm breaker trip orders:2
  run_split mscomm breaker show orders:2 --format '{key} {state}\n'
  assert_stdout 'orders:2 forced_open'
}

@test "trip --for opens it for so long" {
  run_split mscomm breaker trip payments --for 2h
  assert_stderr "mscomm: breaker: 'payments' is open for 2h"
  run_split mscomm breaker show payments --format json
  assert_status 0
  jq -e '.state == "forced_open" and .remaining_ms <= 7200000 and .remaining_ms > 7100000
    and .why == "by hand" and .open_count == 0' "$out" >/dev/null || complain 'not as expected'
  mscomm breaker trip payments --for 1ms
  await 10 shows '.remaining_ms == 0'
  run_split mscomm breaker list
  assert_stdout_has 'forced_open, over  payments'
}

shows() { mscomm breaker show payments --format json | jq -e "$1" >/dev/null; }

@test "a URL stands for its origin, without its password" {
  run_split mscomm breaker trip 'HTTP://user:secret@Pay.Example/orders?x=1'
  assert_status 0
  assert_stderr "mscomm: breaker: 'http://pay.example:80' is open until it is reset"
  run_split mscomm breaker show http://pay.example:80/other
  assert_status 0
  run_split mscomm breaker show https://pay.example
  assert_status 1
  run_split mscomm breaker trip :8080/health
  assert_stderr_has "'http://localhost:8080'"
  ! grep -r secret "$circuits" || complain 'the password is stored'
}

@test "show prints one circuit, and exits with 1 when there is none" {
  mscomm breaker trip payments
  run_split mscomm breaker show payments
  assert_status 0
  assert_stdout_has 'key           payments'
  assert_stdout_has 'state         forced_open'
  run_split mscomm breaker show orders
  assert_status 1
  assert_stdout
  assert_stderr_has "there is no circuit 'orders'"
  assert_stderr_has 'hint: '
  run_split mscomm breaker reset orders
  assert_status 1
}

@test "list prints a record for each, in the order of their keys" {
  mscomm breaker trip zulu
  mscomm breaker trip alpha --for 1h
  run_split mscomm breaker list --format json
  assert_status 0
  assert_equal "$(member .key)" $'alpha\nzulu'
  assert_equal "$(jq -sr 'map(has("remaining_ms")) | join(" ")' "$out")" 'true false'
  run_split mscomm breaker list --format '{key} {state}\n' -o result
  assert_stdout
  assert_equal "$(<result)" $'alpha forced_open\nzulu forced_open'
  run_split mscomm breaker list --format '{kye}'
  assert_status 2
  assert_stderr_has "did you mean 'key'?"
}

@test "reset --all resets all, of which there may be none" {
  run_split mscomm breaker reset --all
  assert_status 0
  mscomm breaker trip zulu
  mscomm breaker trip alpha
  run_split mscomm breaker reset --all
  assert_status 0
  assert_stderr "mscomm: breaker: 'alpha' is closed" "mscomm: breaker: 'zulu' is closed"
  run_split mscomm breaker list --format json
  assert_equal "$(member .state)" $'closed\nclosed'
}

@test "what makes no sense is exit 2 with a hint" {
  local words
  for words in show reset trip 'list payments' 'reset --all payments' 'show --all payments' \
    'show payments --for 5m' 'trip payments --for 0' 'trip payments --for soon' 'open payments' \
    'trip ftp://x/' 'trip payments more'; do
    # shellcheck disable=SC2086
    run_split mscomm breaker $words
    assert_status 2
    assert_stdout
  done
  run_split mscomm breaker trip ''
  assert_status 2
  run_split mscomm breaker trip $'pay\e[2J'
  assert_status 2
  assert_stderr_lacks $'\e'
  run_split mscomm breaker lst
  assert_stderr_has "did you mean 'list'?"
  [ -z "$(ls "$circuits" 2>/dev/null)" ] || complain 'something was stored'
}

@test "only the user can read the files, and what is broken is put aside" {
  mscomm breaker trip payments
  assert_equal "$(stat -c %a "$circuits" "$circuits"/*.cb "$circuits"/*.lock | xargs)" '700 600 600'
  echo garbage | tee "$circuits"/payments-*.cb >/dev/null
  run_split mscomm breaker list
  assert_status 0
  assert_stdout
  run_split mscomm breaker trip payments
  assert_status 0
  assert_equal "$(cat "$circuits"/*.bad)" garbage
}

@test "a state that cannot be used is exit 11" {
  mscomm breaker trip payments
  ln -sf "$PWD/elsewhere" "$circuits"/payments-*.lock
  run_split mscomm breaker trip payments
  assert_status 11
  assert_stderr_has 'symbolic link'
  [ ! -e elsewhere ]
  HOME='' XDG_STATE_HOME='' XDG_RUNTIME_DIR='' run_split mscomm breaker list
  assert_status 11
  assert_stderr_has 'hint: set XDG_STATE_HOME'
}

@test "a lock that somebody holds is exit 11 soon" {
  mscomm breaker trip payments
  local lock
  exec {lock}<"$(echo "$circuits"/payments-*.lock)"
  flock "$lock"
  SECONDS=0
  run_split mscomm breaker reset payments
  assert_status 11
  assert_stderr_has 'another process holds it'
  ((SECONDS < 5)) || complain "took $SECONDS s"
}
