#!/usr/bin/env bats
# A broker that talks but does not confirm: it is left in time, and what was sent is in doubt.

load ../e2e/helper

broker() { # SAYS [OPTION...]: its URL in $url
  stop_process broker KILL
  start_listener broker /usr/bin/python3 "$tests_root/support/withholding_broker.py" "$@"
  url=amqp://127.0.0.1:$port
}

@test "nothing that a broker says but a confirm prolongs --confirm-timeout" {
  local says
  for says in nothing heartbeat flow ack-settled block-unblock; do
    broker "$says" --confirms 1
    run_split mscomm publish -u "$url" -q q --lines --confirm-timeout 300ms < <(seq 3)
    assert_status 7
    assert_stderr_has 'no confirm came for 300ms'
    assert_stderr_has '3 sent, 1 confirmed'
    assert_stderr_has '2 in doubt'
  done
  broker block
  run_split mscomm publish -u "$url" -q q --confirm-timeout 300ms x
  assert_status 7
  assert_stderr_has 'no confirm came for 300ms (the broker is blocked: low on memory)'
}

@test "an answer to what was never sent is no answer: the connection is lost, and says why" {
  local says
  for says in return ack-unknown ack-zero nack-unknown method-unknown; do
    broker "$says" --confirms 1
    run_split mscomm publish -u "$url" -q q --lines --on-loss fail --confirm-timeout 10s < <(seq 3)
    assert_status 7
    assert_stderr_has "the connection to $url/ was lost: it sen" # "sent", "sent back"
    assert_stderr_has '3 sent, 1 confirmed, 2 in doubt'
  done
}

@test "what waits to be sent besides messages is no sign that a broker takes them" {
  local says
  head -c 20000000 /dev/zero >large
  for says in nothing flow block-unblock; do
    broker "$says" --reads-not
    run_split mscomm publish -u "$url" -q q --file large --confirm-timeout 300ms
    assert_status 5
    assert_stderr_has 'no confirm came for 300ms'
    run_split mscomm publish -u "$url" -q q --file large --no-confirm --confirm-timeout 300ms
    assert_status 5
    assert_stderr_has 'the broker took nothing for 300ms'
  done
}
