#!/usr/bin/env bats
# A consumer that loses its connection, its queue or its broker.

load helper

setup() {
  setup_queue declared
  start_relay
}

cut() { kill -USR1 "$relay_pid"; }
says() { grep -qF -e "$1" "$consumer_err"; }
printed() { [ "$(wc -l <"$consumer_out")" -eq "$1" ]; }

@test "a connection that is cut is replaced, and nothing is lost" {
  start_process consumer mscomm consume -u "$relay_url" "$q" -v
  await 10 queue_has_consumers "$q" 1
  amqp publish "$q" one
  await 10 grep -qx one "$consumer_out"
  local round cuts
  cuts=$(rounds 3 50)
  for ((round = 1; round <= cuts; round++)); do
    cut
    amqp publish "$q" "after $round"
    await 20 grep -qx "after $round" "$consumer_out"
  done
  stop_process consumer INT
  assert_equal "$status" 130
  says 'was lost'
  says "connected again to amqp://guest@127.0.0.1:$port/"
  queue_holds "$q" 0
}

@test "-n is of the whole run, over several connections" {
  amqp fill "$q" 10
  start_process consumer mscomm consume -u "$relay_url" "$q" -n 30 --prefetch 5
  await 10 printed 10
  cut
  await 20 says 'connected again'
  amqp fill "$q" 50
  await_process consumer
  assert_equal "$status" 0
  # What was printed and not acknowledged when the connection was cut may have come twice.
  [ "$(wc -l <"$consumer_out")" -ge 30 ]
  await 10 queue_holds "$q" 30
}

@test "-n of a temporary queue counts what was printed before the connection was lost" {
  start_process consumer mscomm fanout -u "$relay_url" "$q-x" --listen -n 2 -v
  await 10 says listening
  mscomm fanout "$q-x" --require-subscribers one
  await 10 printed 1
  cut
  await 20 says 'connected again'
  mscomm fanout "$q-x" --require-subscribers two
  await_process consumer
  amqp delete-exchange "$q-x"
  assert_equal "$status" 0
  assert_equal "$(<"$consumer_out")" $'one\ntwo'
}

@test "what was printed and not acknowledged comes again and is counted" {
  # Of three that are asked for none is acknowledged before the last.
  amqp fill "$q" 2
  start_process consumer mscomm consume -u "$relay_url" "$q" -n 3 -v
  await 10 printed 2
  cut
  await 10 printed 4
  amqp publish "$q" 3
  await_process consumer
  assert_equal "$status" 0
  assert_equal "$(<"$consumer_out")" $'1\n2\n1\n2\n3'
  says '5 taken, 3 acknowledged, 2 redelivered'
  queue_holds "$q" 0
}

@test "a queue that --declare made is made again" {
  amqp delete "$q"
  start_process consumer mscomm consume -u "$relay_url" "$q" --declare=exclusive
  here() { amqp publish "$q" x; }
  await 10 here
  cut
  await 20 says 'connected again'
  amqp publish "$q" again
  await 10 grep -qx again "$consumer_out"
}

@test "events that came while a listener had no connection are said to be missed" {
  start_process consumer mscomm fanout -u "$relay_url" "$q-x" --listen
  heard() { amqp publish -e "$q-x" '' first; }
  await 10 heard
  await 10 grep -qx first "$consumer_out"
  cut
  await 20 says 'in between is missed'
  amqp publish -e "$q-x" '' second
  await 10 grep -qx second "$consumer_out"
  stop_process consumer
  amqp delete-exchange "$q-x"
}

@test "--on-loss fail: a lost connection is the end" {
  amqp fill "$q" 2
  start_process consumer mscomm consume -u "$relay_url" "$q" --on-loss fail
  await 10 printed 2
  cut
  await_process consumer
  assert_equal "$status" 3
  says 'was lost'
}

@test "--timeout bounds the search for another connection" {
  start_process consumer mscomm consume -u "$relay_url" "$q" --timeout 3s
  await 10 queue_has_consumers "$q" 1
  stop_process relay KILL
  await_process consumer
  assert_equal "$status" 5
  says 'not connected again'
}

@test "Ctrl-C ends the search for another connection" {
  start_process consumer mscomm consume -u "$relay_url" "$q"
  await 10 queue_has_consumers "$q" 1
  stop_process relay KILL
  await 10 says 'connecting again'
  stop_process consumer INT
  assert_equal "$status" 130
}

@test "a connection that somebody closed is replaced" {
  start_process consumer mscomm consume "$q" --connection-name "$q"
  await 10 queue_has_consumers "$q" 1
  broker_ctl close_all_connections --vhost / 'the test says so'
  await 20 says 'connected again'
  amqp publish "$q" x
  await 10 grep -qx x "$consumer_out"
}

@test "a queue that is deleted ends the run at once" {
  start_process consumer mscomm consume "$q"
  await 10 queue_has_consumers "$q" 1
  amqp delete "$q"
  await_process consumer
  assert_equal "$status" 1
  assert_equal "$(<"$consumer_err")" "mscomm: consume: queue '$q' was deleted while it was consumed"
}

@test "--until-empty and --idle hold over a new connection" {
  amqp fill "$q" 3
  start_process consumer mscomm consume -u "$relay_url" "$q" --idle 2s
  await 10 printed 3
  cut
  await_process consumer
  assert_equal "$status" 0
  says 'connected again'
}
