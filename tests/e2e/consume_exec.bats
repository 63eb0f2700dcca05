#!/usr/bin/env bats
# consume --exec: a command for each message.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load helper

setup() { setup_queue declared; }

bodies() { amqp drain "$q" --raw | tr '\n' ' '; }

# --- what a command gets -------------------------------------------------------------------------

@test "the body is stdin, fields are in the environment, the record is on descriptor 3" {
  printf 'a\0b\r\n' | amqp publish "$q" -p '{"message_id":"$(touch pwned)","type":"order","headers":{"n":1}}'
  run_split mscomm consume "$q" -n 1 --exec \
    'cat >body; cat <&3 >record; env | grep ^MSCOMM_MESSAGE_ | sort >fields'
  assert_status 0
  printf 'a\0b\r\n' | cmp - body
  assert_equal "$(jq -c '[.body, .properties.headers, .properties.type]' record)" '["a\u0000b\r\n",{"n":1},"order"]'
  grep -qxF 'MSCOMM_MESSAGE_MESSAGE_ID=$(touch pwned)' fields
  grep -qxF "MSCOMM_MESSAGE_ROUTING_KEY=$q" fields
  grep -qxF 'MSCOMM_MESSAGE_TYPE=order' fields
  grep -qxF 'MSCOMM_MESSAGE_REDELIVERED=false' fields
  [ ! -e pwned ]
}

@test "the words of a message are never those of the shell" {
  amqp publish "$q" '$(touch pwned); `touch pwned`; " '"'"
  run_split mscomm consume "$q" -n 1 --exec 'cat; echo "$(cat)"'
  assert_status 0
  assert_stdout '$(touch pwned); `touch pwned`; " '"'"
  [ ! -e pwned ]
}

@test "a command that reads nothing, and a large body, block nobody" {
  head -c 3000000 /dev/zero | amqp publish "$q"
  run_split mscomm consume "$q" -n 1 --exec true
  assert_status 0
  head -c 3000000 /dev/urandom >large
  amqp publish "$q" <large
  run_split mscomm consume "$q" -n 1 --exec cat
  assert_stdout_is large
}

@test "mscomm in a command does not take the message's fields for its options" {
  local other
  other=$(fresh_queue)
  amqp declare "$other"
  amqp publish "$q" hello -p '{"message_id":"a","type":"t","reply_to":"r"}'
  run_split mscomm consume "$q" -n 1 --exec '"$MSCOMM" publish -q '"$other"' --quiet'
  assert_status 0
  assert_equal "$(amqp get "$other" | jq -c '[.body, .properties.type, .properties.reply_to]')" '["hello",null,null]'
}

# --- what becomes of the message -----------------------------------------------------------------

dead_lettering() {
  dead=$(fresh_queue)
  q=$(fresh_queue)
  amqp declare "$dead"
  amqp declare "$q" --arg x-dead-letter-exchange= --arg x-dead-letter-routing-key="$dead"
}

@test "exit status 0 acknowledges, 3 rejects, 4 and failures put back" {
  dead_lettering
  local script
  for script in 'exit 0' 'exit 3' 'exit 4' 'exit 1' 'kill $$'; do amqp publish "$q" "$script"; done
  run_split mscomm consume "$q" --until-empty -v --exec 'exec sh'
  assert_status 6
  assert_stderr_has '5 taken, 1 acknowledged, 2 failed, 1 rejected, 3 put back'
  assert_stderr_has 'message 4: the command failed: exit status 1; it goes back to the queue'
  assert_stderr_has 'message 5: the command failed: killed by SIGTERM; it goes back to the queue'
  await 10 queue_holds "$q" 3
  assert_equal "$(bodies)" 'exit 4 exit 1 kill $$ '
  assert_equal "$(amqp drain "$dead" --raw)" 'exit 3'
}

@test "when all commands fail the exit status is 1" {
  amqp fill "$q" 2
  run_split mscomm consume "$q" --until-empty --exec false
  assert_status 1
  await 10 queue_holds "$q" 2
}

@test "--on-fail reject dead-letters" {
  dead_lettering
  amqp fill "$q" 2
  run_split mscomm consume "$q" --until-empty --on-fail reject --exec 'grep -q 2'
  assert_status 6
  assert_equal "$(amqp drain "$dead" --raw)" 1
  queue_holds "$q" 0
}

@test "--on-fail stop ends at the first failure" {
  amqp fill "$q" 5
  run_split mscomm consume "$q" --on-fail stop --exec 'read n; [ "$n" -lt 3 ]'
  assert_status 6
  assert_stderr_has 'message 3: the command failed: exit status 1'
  await 10 queue_holds "$q" 3
}

@test "a command that does not exist stops at once and costs no message" {
  amqp fill "$q" 5
  run_split mscomm consume "$q" --on-fail reject --exec no_such_command
  assert_status 1
  assert_stderr_has 'the command cannot be run: exit status 127'
  await 10 queue_holds "$q" 5
}

@test "a message whose command fails is tried again, not thousands of times" {
  amqp publish "$q" x
  start_process consumer mscomm consume "$q" --exec 'echo tried; exit 1'
  tries() { [ "$(wc -l <"$consumer_out")" -ge 3 ]; }
  await 20 tries
  stop_process consumer TERM
  assert_equal "$status" 143
  [ "$(wc -l <"$consumer_out")" -lt 10 ]
  await 10 queue_holds "$q" 1
}

# --- several at once -----------------------------------------------------------------------------

@test "-c runs that many at once, settles each by its own status, keeps outputs whole" {
  amqp fill "$q" 8
  run_split mscomm consume "$q" --until-empty -c 4 --exec '
    read n; touch "began.$n"; echo "begin $n"
    [ "$n" -gt 4 ] || until [ "$(ls began.* | wc -l)" -ge 4 ]; do sleep 0.01; done
    echo "end $n"; [ "$n" != 2 ] && [ "$n" != 7 ]'
  assert_status 6
  assert_equal "$(sort -k 2n -k 1,1 "$out" | tr '\n' ' ')" "$(for n in {1..8}; do printf 'begin %s end %s ' "$n" "$n"; done)"
  awk '{ if (NR % 2) n = $2; else if ($2 != n) exit 1 }' "$out" || complain 'outputs mix'
  await 10 queue_holds "$q" 2
  assert_equal "$(bodies)" '2 7 '
}

@test "a worker takes no more than it works on" {
  amqp fill "$q" 10
  start_process worker mscomm consume "$q" -c 2 --exec 'touch began; exec sleep 30'
  await 10 test -e began
  await 10 queue_holds "$q" 8
  stop_process worker TERM
  await 10 queue_holds "$q" 10
}

@test "a command that runs for longer than three heartbeats keeps its connection" {
  amqp fill "$q" 2
  run_split mscomm consume "$q" -n 2 --heartbeat 1 --exec 'sleep 3.5; cat' -v
  assert_status 0
  assert_stdout_has 1
  assert_stderr_lacks 'lost'
  queue_holds "$q" 0
}

# --- how it ends ---------------------------------------------------------------------------------

@test "after SIGTERM a command may finish, and its message counts" {
  amqp fill "$q" 3
  start_process consumer mscomm consume "$q" --exec 'touch began; sleep 1; cat'
  await 10 test -e began
  stop_process consumer TERM
  assert_equal "$status" 143
  assert_equal "$(<"$consumer_out")" 1
  await 10 queue_holds "$q" 2
}

@test "a command that is told to end has not done its work, whatever its status is" {
  local status_of_command
  amqp fill "$q" 1
  for status_of_command in 0 3; do
    run_split mscomm consume "$q" --timeout 500ms --exec "trap 'exit $status_of_command' TERM; sleep 60 & wait"
    assert_status 5
    await 10 queue_holds "$q" 1
  done
}

@test "a command that does not finish is ended, and its message goes back" {
  amqp fill "$q" 1
  start_process consumer mscomm consume "$q" --exec 'echo $$ >pid; exec sleep 300'
  await 10 test -s pid
  stop_process consumer TERM
  assert_equal "$status" 143
  process_ended "$(<pid)"
  await 10 queue_holds "$q" 1
}

@test "a terminal's Ctrl-C is for the commands too, and is no failure of theirs" {
  amqp fill "$q" 1
  start_process consumer setsid "$MSCOMM" consume "$q" --on-fail reject --exec 'echo $$ >pid; exec sleep 300'
  await 10 test -s pid
  kill -INT -- "-$consumer_pid"
  await_process consumer
  assert_equal "$status" 130
  process_ended "$(<pid)"
  await 10 queue_holds "$q" 1
}

@test "--timeout ends commands too" {
  amqp fill "$q" 2
  run_split mscomm consume "$q" --timeout 1s --exec 'exec sleep 300'
  assert_status 5
  assert_stderr_has 'the deadline passed while commands ran'
  await 10 queue_holds "$q" 2
}

@test "killed at any moment, every message is handled or still queued" {
  local round kills messages
  kills=$(rounds 5 50)
  messages=$((300 * kills))
  amqp fill "$q" $messages
  for ((round = 1; round <= kills; round++)); do
    start_process "victim$round" mscomm consume "$q" -c 3 --exec 'read n; echo "$n" >>handled'
    await 10 test -s handled
    sleep "0.$RANDOM"
    stop_process "victim$round" "$([ $((round % 2)) = 0 ] && echo KILL || echo TERM)"
    await 10 queue_has_consumers "$q" 0
  done
  amqp drain "$q" --raw >left
  sort -nu handled left | cmp - <(seq $messages)
}

@test "a reader that leaves is no failure of the command" {
  amqp fill "$q" 500
  "$MSCOMM" consume "$q" --on-fail reject --exec 'cat; head -c 2000 /dev/zero | tr "\0" x; echo' 2>"$err" | head -n 2 >"$out"
  assert_equal "${PIPESTATUS[*]}" '0 0'
  assert_stderr
}

@test "-o takes what commands print" {
  amqp fill "$q" 3
  run_split mscomm consume "$q" --until-empty -o file --exec 'sed s/^/x/; echo'
  assert_status 0
  assert_stdout
  assert_equal "$(<file)" $'x1\nx2\nx3'
}

@test "a command that prints more than a message may hold is ended, and its message goes back" {
  mscomm publish -q "$q" --quiet x
  run_split mscomm consume "$q" -n 1 -c 2 --exec 'cat /dev/zero'
  assert_status 1
  assert_stderr_has 'it wrote more than 128 MiB'
  queue_holds "$q" 1
}

@test "Ctrl-C ends it though nobody reads what commands print" {
  printf '%s\n' 'head -c 300000 /dev/zero' 'exec sleep 20' | mscomm publish -q "$q" --lines --quiet
  mkfifo pipe
  exec 8<>pipe
  start_process consumer bash -c 'exec "$0" "$@" >pipe 8>&-' "$MSCOMM" consume "$q" --exec 'exec sh' -c 2
  full() { ! dd if=/dev/zero of=pipe bs=1 count=1 oflag=nonblock status=none; }
  await 10 full
  stop_process consumer INT
  assert_equal "$status" 130
  exec 8>&-
  queue_holds "$q" 2
}

# --- replies -------------------------------------------------------------------------------------

@test "--reply answers requests with what the command prints" {
  local answers
  answers=$(fresh_queue)
  amqp declare "$answers"
  amqp publish "$q" ping -p "{\"reply_to\":\"$answers\",\"correlation_id\":\"c1\"}"
  amqp publish "$q" pong -p "{\"reply_to\":\"$answers\",\"correlation_id\":\"c2\"}"
  amqp publish "$q" nobody
  run_split mscomm consume "$q" --until-empty --reply --exec 'tr a-z A-Z'
  assert_status 0
  assert_stdout
  assert_stderr_has 'message 3 asks for no reply'
  assert_equal "$(amqp drain "$answers" | jq -c '[.body, .properties.correlation_id]')" $'["PING","c1"]\n["PONG","c2"]'
  queue_holds "$q" 0
}

@test "--reply answers a client that waits without a queue of its own" {
  start_process server mscomm consume "$q" -n 1 --reply --exec 'tr a-z A-Z'
  run_split /usr/bin/python3 - "$AMQP" "$q" < <(
    cat <<'PYTHON'
import sys, pika
channel = pika.BlockingConnection(pika.URLParameters(sys.argv[1])).channel()
def answered(channel, method, properties, body):
    print(properties.correlation_id, body.decode())
    channel.stop_consuming()
channel.basic_consume("amq.rabbitmq.reply-to", answered, auto_ack=True)
channel.basic_publish("", sys.argv[2], b"ping",
                      pika.BasicProperties(reply_to="amq.rabbitmq.reply-to", correlation_id="c7"))
channel.start_consuming()
PYTHON
  )
  assert_status 0
  assert_stdout 'c7 PING'
  await_process server
  assert_equal "$status" 0
  assert_equal "$(<"$server_err")" ''
}

@test "a reply that nobody waits for any more is said" {
  amqp publish "$q" ping -p '{"reply_to":"gone","correlation_id":"c1"}'
  run_split mscomm consume "$q" -n 1 --reply --exec cat
  assert_status 0
  assert_stderr_has "the reply to 'gone' came back: 312 NO_ROUTE"
  queue_holds "$q" 0
}

@test "options that contradict --exec, or need it" {
  run_split mscomm consume "$q" --reply
  assert_status 2
  run_split mscomm consume "$q" --exec cat --peek
  assert_status 2
  run_split mscomm consume "$q" --exec cat --format json
  assert_status 2
  run_split mscomm consume "$q" --exec ' '
  assert_status 2
}
