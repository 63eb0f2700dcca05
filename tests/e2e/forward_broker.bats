#!/usr/bin/env bats
# Forwarding to another broker, and what becomes of it when one of the two is lost.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load helper

broker=$tests_root/../scripts/broker

setup_file() {
  "$broker" start --dir "$BATS_FILE_TMPDIR/second" >/dev/null
}

teardown_file() {
  "$broker" stop --dir "$BATS_FILE_TMPDIR/second"
}

setup() {
  setup_test
  second=$BATS_FILE_TMPDIR/second
  # shellcheck source=/dev/null
  OTHER=$(. "$second/env" && echo "$AMQP_URL")
  unset AMQP_URL
  export AMQP_URL=$AMQP
  q=$(fresh_queue)
}

# Durable, for a broker that is killed: Mnesia writes a declaration to its log some time later.
declare_on() { # URL QUEUE
  mscomm publish -u "$1" --declare -q "$2" --quiet first
  mscomm consume -u "$1" "$2" -n 1 --quiet >/dev/null
  "$broker" ctl --dir "$second" -q eval 'mnesia:sync_log().' >/dev/null
}

ready_on() { # URL QUEUE COUNT: so many at least
  [ "$(amqp -u "$1" count "$2")" -ge "$3" ]
}

summary() { # NAME MEMBER
  jq -r "select(.event == \"consume.summary\") | .$2" "$BATS_TEST_TMPDIR/$1.err"
}

# Every number from 1 to COUNT is there, and of those that are there twice the summary knows.
nothing_is_lost() { # NAME URL QUEUE COUNT
  mscomm consume -u "$2" "$3" --until-empty --quiet >received
  seq "$4" >acknowledged
  /usr/bin/python3 "$tests_root/support/counters.py" "$4" acknowledged received \
    --resent "$(summary "$1" maybe_twice)" || complain "$(tail -n 3 "$BATS_TEST_TMPDIR/$1.err")"
}

@test "--to-url names another broker" {
  declare_on "$AMQP" "$q"
  declare_on "$OTHER" "$q"
  seq 100 | mscomm publish -q "$q" --lines --quiet
  # The same queue on another broker is no circle.
  run_split mscomm consume "$q" --to "$q" --to-url "$OTHER" --until-empty
  assert_status 0
  queue_holds "$q" 0
  mscomm consume -u "$OTHER" "$q" --until-empty >got
  seq 100 | cmp - got
}

@test "the password of another broker comes from a file, or with a profile" {
  local plain=${OTHER/guest:guest@/guest@}
  declare_on "$AMQP" "$q"
  declare_on "$OTHER" "$q"
  seq 3 | mscomm publish -q "$q" --lines --quiet
  (umask 077 && echo guest >password && echo wrong >other)
  run_split mscomm consume "$q" --to "$q" --to-url "$plain" --to-password-file password -n 1
  assert_status 0
  mkdir -p "$XDG_CONFIG_HOME/mscomm"
  printf '[profile.dr]\nurl = "%s"\npassword_file = "%s"\n[profile.none]\n' "$plain" "$PWD/password" \
    >"$XDG_CONFIG_HOME/mscomm/config.toml"
  run_split mscomm consume "$q" --to "$q" --to-profile dr -n 1
  assert_status 0
  run_split mscomm consume "$q" --to "$q" --to-profile dr --to-password-file other -n 1
  assert_status 4
  run_split mscomm consume "$q" --to "$q" --to-profile none -n 1
  assert_status 2
  assert_stderr_has "profile 'none' has no url"
  run_split mscomm consume "$q" --to "$q" --to-profile dt -n 1
  assert_status 2
  assert_stderr_has "did you mean 'dr'?"
  cp "$XDG_CONFIG_HOME/mscomm/config.toml" elsewhere.toml
  rm "$XDG_CONFIG_HOME/mscomm/config.toml"
  run_split mscomm consume --config elsewhere.toml "$q" --to "$q" --to-profile dr -n 1
  assert_status 0
  mscomm consume -u "$OTHER" "$q" --until-empty >got
  seq 3 | cmp - got
}

@test "a password that is refused is not shown" {
  declare_on "$AMQP" "$q"
  run_split mscomm consume "$q" --to "$q" --to-url "${OTHER/guest:guest@/guest:sekret@}" -n 1 -vv
  assert_status 4
  assert_stderr_lacks sekret
}

@test "the broker that gets the copies is killed and comes back" {
  declare_on "$AMQP" "$q"
  declare_on "$OTHER" "$q"
  seq 6000 | mscomm publish -q "$q" --lines --quiet
  start_process forwarder mscomm consume "$q" --to "$q" --to-url "$OTHER" --rate 2000/s --until-empty \
    --log-format json --timeout 110s # a node may take its time to come back
  await 30 ready_on "$OTHER" "$q" 500
  "$broker" kill --dir "$second" 1
  "$broker" start-node --dir "$second" 1
  MSCOMM_TEST_TIMEOUT=120 await_process forwarder
  assert_equal "$status" 0
  nothing_is_lost forwarder "$OTHER" "$q" 6000
  queue_holds "$q" 0
}

@test "the broker that has the queue is killed and comes back" {
  declare_on "$AMQP" "$q"
  declare_on "$OTHER" "$q"
  seq 6000 | mscomm publish -u "$OTHER" -q "$q" --lines --quiet
  start_process forwarder mscomm consume -u "$OTHER" "$q" --to "$q" --to-url "$AMQP" --rate 2000/s \
    --until-empty --log-format json --timeout 110s
  await 30 ready_on "$AMQP" "$q" 500
  "$broker" kill --dir "$second" 1
  "$broker" start-node --dir "$second" 1
  MSCOMM_TEST_TIMEOUT=120 await_process forwarder
  assert_equal "$status" 0
  nothing_is_lost forwarder "$AMQP" "$q" 6000
}

@test "--on-loss fail ends the run, what was not confirmed stays" {
  declare_on "$AMQP" "$q"
  declare_on "$OTHER" "$q"
  seq 3000 | mscomm publish -q "$q" --lines --quiet
  start_process forwarder mscomm consume "$q" --to "$q" --to-url "$OTHER" --rate 500/s --until-empty \
    --on-loss fail --log-format json
  await 30 ready_on "$OTHER" "$q" 100
  "$broker" kill --dir "$second" 1
  await_process forwarder
  [ "$status" -eq 3 ] || [ "$status" -eq 6 ] || [ "$status" -eq 7 ] || complain 'it must fail'
  "$broker" start-node --dir "$second" 1
  mscomm consume -u "$OTHER" "$q" --until-empty --quiet >received
  mscomm consume "$q" --until-empty --quiet >>received
  seq 3000 >acknowledged
  /usr/bin/python3 "$tests_root/support/counters.py" 3000 acknowledged received \
    --resent "$(summary forwarder maybe_twice)" || complain 'lost'
}

@test "Ctrl-C while the other broker is silent: what is in doubt goes back" {
  local pid
  declare_on "$AMQP" "$q"
  declare_on "$OTHER" "$q"
  mscomm publish -q "$q" --quiet before
  start_process forwarder mscomm consume "$q" --to "$q" --to-url "$OTHER" --log-format json
  await 10 ready_on "$OTHER" "$q" 1
  # shellcheck source=/dev/null
  pid=$(. "$second/env" && echo "$BROKER_PIDS")
  kill -STOP "$pid"
  seq 10 | mscomm publish -q "$q" --lines --quiet
  await 10 queue_holds "$q" 0
  stop_process forwarder INT
  kill -CONT "$pid"
  assert_equal "$status" 130
  queue_holds "$q" 10
  assert_equal "$(summary forwarder forwarded)" 1
  assert_equal "$(summary forwarder left)" 10
  assert_equal "$(summary forwarder maybe_twice)" 10
}

@test "consumers of quorum queues are killed, and nothing is lost" {
  local seed kills window=2000 attempted dst
  kills=$(rounds 5 50)
  choose_seed
  attempted=$((kills * 4000))
  dst=$(fresh_queue)
  mscomm publish --declare=quorum -q "$dst" --quiet first
  mscomm consume "$dst" -n 1 --quiet >/dev/null
  mscomm publish --declare=quorum --queue-arg x-delivery-limit=1000000 -q "$q" --quiet first
  mscomm consume "$q" -n 1 --quiet >/dev/null
  seq "$attempted" | mscomm publish -q "$q" --lines --quiet
  /usr/bin/python3 "$tests_root/support/kills.py" "$kills" "$seed" 0.5 \
    "$MSCOMM" consume "$q" --to "$dst" --quiet
  # Until the broker knows of the last death, the queue looks empty.
  await 10 queue_has_consumers "$q" 0
  run_split mscomm consume "$q" --to "$dst" --until-empty
  # On a fast machine nothing is left.
  [ "$status" -eq 0 ] || assert_status 8
  mscomm consume "$dst" --until-empty --quiet >received
  seq "$attempted" >acknowledged
  /usr/bin/python3 "$tests_root/support/counters.py" "$attempted" acknowledged received \
    --resent $((kills * window))
}
