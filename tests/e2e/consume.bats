#!/usr/bin/env bats
# consume against a real broker; what was sent and what is left is another client's word.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load helper

setup() { setup_queue; }

filled() { # COUNT [--size BYTES]: the queue with the bodies 1 to COUNT
  amqp declare "$q"
  amqp fill "$q" "$@"
}

# --- when to stop --------------------------------------------------------------------------------

@test "-n takes that many and leaves the next untouched" {
  filled 5
  run_split mscomm consume "$q" -n 3
  assert_status 0
  assert_stdout 1 2 3
  assert_equal "$(amqp get "$q" | jq -c '[.body, .redelivered]')" '["4",false]'
  queue_holds "$q" 1
}

@test "-n takes no more than it prints, however much may be sent ahead" {
  filled 1000
  run_split mscomm consume "$q" --count 300 --prefetch 7
  assert_status 0
  seq 300 >expected
  assert_stdout_is expected
  assert_equal "$(amqp get "$q" | jq -c '[.body, .redelivered]')" '["301",false]'
  queue_holds "$q" 699
}

@test "--until-empty takes all there is, and says when that is nothing" {
  filled 700
  run_split mscomm consume "$q" --until-empty
  assert_status 0
  seq 700 >expected
  assert_stdout_is expected
  run_split mscomm consume "$q" --until-empty
  assert_status 8
  assert_stdout
  assert_stderr "mscomm: consume: nothing came from queue '$q'"
  queue_holds "$q" 0
}

@test "--idle ends when nothing came for so long" {
  filled 2
  start_process consumer mscomm consume "$q" --idle 1s
  await 10 grep -qx 2 "$consumer_out"
  amqp publish "$q" 3
  await_process consumer
  assert_equal "$status" 0
  assert_equal "$(<"$consumer_out")" $'1\n2\n3'
  run_split mscomm consume "$q" --idle 50ms
  assert_status 8
}

@test "--timeout ends a consumer, and what it took is taken" {
  filled 2
  run_split mscomm consume "$q" --timeout 1s
  assert_status 0
  assert_stdout 1 2
  assert_stderr
  queue_holds "$q" 0
  run_split mscomm consume "$q" --timeout 100ms
  assert_status 8
  assert_stderr "mscomm: consume: nothing came from queue '$q'"
}

@test "whichever limit comes first counts" {
  filled 3
  run_split mscomm consume "$q" -n 2 --until-empty --idle 30s
  assert_status 0
  assert_stdout 1 2
  run_split mscomm consume "$q" -n 2 --until-empty --idle 30s
  assert_status 0
  assert_stdout 3
}

@test "following prints at once and goes on" {
  amqp declare "$q"
  start_process consumer mscomm consume -u "$AMQP" "$q"
  await 10 queue_has_consumers "$q" 1
  amqp publish "$q" one
  await 10 grep -qx one "$consumer_out"
  amqp publish "$q" two
  await 10 grep -qx two "$consumer_out"
  stop_process consumer INT
  assert_equal "$status" 130
  assert_equal "$(<"$consumer_out")" $'one\ntwo'
  queue_holds "$q" 0
}

# --- what is printed -----------------------------------------------------------------------------

# The message of the tests below.
send_one() {
  amqp publish "$q" "${1-$'h\xc3\xa9'}" -p '{"content_type":"text/plain","priority":3,"message_id":"m","app_id":"a\u001b",
    "timestamp":1700000000,"headers":{"tenant":"acme","n":{"$wire":"l","value":7}}}'
}

@test "a body is printed byte for byte, whatever is in it" {
  amqp declare "$q"
  printf 'a\0b\r\n\xff\n' | amqp publish "$q"
  head -c 3000000 /dev/urandom >big
  amqp publish "$q" <big
  amqp publish "$q" ''
  run_split mscomm consume "$q" --until-empty
  assert_status 0
  {
    printf 'a\0b\r\n\xff\n\n'
    cat big
    printf '\n\n'
  } >expected
  assert_stdout_is expected
}

@test "--delimiter and --null say what ends a body" {
  filled 6
  run_split mscomm consume "$q" -n 2 --delimiter ''
  printf '12' >expected
  assert_stdout_is expected
  run_split mscomm consume "$q" -n 2 --delimiter '\x1e--\n'
  printf '3\x1e--\n4\x1e--\n' >expected
  assert_stdout_is expected
  run_split mscomm consume "$q" -n 2 --null
  printf '5\x006\0' >expected
  assert_stdout_is expected
}

@test "--format json is a record a line" {
  amqp declare "$q"
  send_one
  printf '\xff' | amqp publish "$q"
  run_split mscomm consume "$q" -n 2 --format json
  assert_status 0
  assert_equal "$(wc -l <"$out")" 2
  head -n 1 "$out" | jq -cS 'del(.received_at)' | cmp - <(jq -cS . <<JSON
{"exchange":"","routing_key":"$q","queue":"$q","delivery_tag":1,"redelivered":false,"body":"hé",
 "properties":{"content_type":"text/plain","priority":3,"message_id":"m","app_id":"a\u001b",
 "timestamp":1700000000,"headers":{"tenant":"acme","n":{"\$amqp":"int64","value":7}}}}
JSON
  ) >&2
  assert_equal "$(tail -n 1 "$out" | jq -c '[.body, .body_base64]')" '[null,"/w=="]'
  jq -s -e --argjson now "$(date +%s)" \
    'all(.[]; .received_at | sub("\\.[0-9]+Z$"; "Z") | fromdate | . <= $now and . > $now - 60)' "$out" >/dev/null
}

@test "--format text is for people: properties, then the body, nothing that moves the cursor" {
  amqp declare "$q"
  send_one $'x\e[31m'
  run_split mscomm consume "$q" -n 1 --format text
  assert_status 0
  assert_stdout_has 'content_type=text/plain'
  assert_stdout_has 'priority=3'
  assert_stdout_has 'timestamp='
  assert_stdout_has '"tenant":"acme"'
  run_split grep -c $'\e' "$out"
  assert_stdout 0
}

@test "--format with fields" {
  amqp declare "$q"
  send_one
  run_split mscomm consume "$q" -n 1 \
    --format '{queue}|{routing_key}|{body_bytes}|{headers.tenant}|{headers.n}|{reply_to}|{priority}|{body}\t{{}}\n'
  assert_status 0
  printf "%s|%s|3|acme|%s||3|hé\t{}\n" "$q" "$q" "$(printf '{"$amqp":"int64","value":7}')" >expected
  assert_stdout_is expected
}

@test "-o writes to a file, and stdout stays empty" {
  filled 3
  run_split mscomm consume "$q" --until-empty -o taken
  assert_status 0
  assert_stdout
  seq 3 | cmp - taken
}

# --- acknowledging -------------------------------------------------------------------------------

@test "--peek shows everything, in order, and takes nothing" {
  filled 500
  run_split mscomm consume "$q" --peek
  assert_status 0
  seq 500 >expected
  assert_stdout_is expected
  await 10 queue_holds "$q" 500
  run_split mscomm consume "$q" --peek -n 2
  assert_stdout 1 2
  await 10 queue_holds "$q" 500
  amqp drain "$q" --raw | cmp - expected
}

@test "--ack none gives everything back" {
  filled 3
  run_split mscomm consume "$q" --ack none -n 2
  assert_status 0
  assert_stdout 1 2
  await 10 queue_holds "$q" 3
}

# A body that does not fit a pipe which nobody reads: the consumer stands in the middle of a write.
stuck() { # ARGUMENTS
  mkfifo pipe
  filled 3 --size 200000
  exec 8<>pipe
  start_process consumer bash -c 'exec "$0" "$@" >pipe' "$MSCOMM" consume "$q" "$@"
  read -r -t 20 -N 1 -u 8 first
  assert_equal "$first" 1
}

@test "--ack after: what was not written when the consumer dies is still there" {
  stuck --ack after
  stop_process consumer KILL
  await 10 queue_holds "$q" 3
}

@test "--ack auto: what was received when the consumer dies is gone" {
  stuck --ack auto
  stop_process consumer KILL
  await 10 queue_holds "$q" 2
}

@test "two consumers share a queue" {
  amqp declare "$q"
  start_process one mscomm consume "$q" --prefetch 1
  start_process two mscomm consume "$q" --prefetch 1
  await 10 queue_has_consumers "$q" 2
  amqp fill "$q" 200
  all_came() { [ "$(cat "$one_out" "$two_out" | wc -l)" -eq 200 ]; }
  await 20 all_came
  sort -n "$one_out" "$two_out" | cmp - <(seq 200)
  [ -s "$one_out" ]
  [ -s "$two_out" ]
  stop_process one
  assert_equal "$status" 143
  stop_process two
  await 10 queue_holds "$q" 0
}

# --- topology ------------------------------------------------------------------------------------

@test "--declare makes the queue, and waits in it" {
  start_process consumer mscomm consume "$q" --declare=quorum --queue-arg x-max-length=9 -n 1
  await 10 queue_has_consumers "$q" 1
  amqp declare "$q" --durable --arg x-queue-type=quorum --arg x-max-length=9
  amqp publish "$q" hello
  await_process consumer
  assert_equal "$status" 0
  assert_equal "$(<"$consumer_out")" hello
}

@test "a kind that differs from what exists is an error, a bare --declare is not" {
  filled 1
  run_split mscomm consume "$q" --declare=durable -n 1
  assert_status 1
  assert_stdout
  assert_stderr_has "queue '$q' exists with durable=false, but durable=true was asked for"
  run_split mscomm consume "$q" --declare=transient -n 1
  assert_status 0
  amqp publish "$q" 2
  run_split mscomm consume "$q" --declare -n 1
  assert_status 0
  assert_stdout 2
}

@test "an exclusive queue is nobody else's and gone afterwards" {
  start_process consumer mscomm consume "$q" --declare=exclusive
  # From another connection everything but publishing to it is refused.
  taken() { ! mscomm consume "$q" -n 1 2>"$err" && grep -qF '405 RESOURCE_LOCKED' "$err"; }
  await 10 taken
  amqp publish "$q" x
  await 10 grep -qx x "$consumer_out"
  stop_process consumer
  gone() { ! amqp exists "$q"; }
  await 10 gone
}

@test "without a queue, --bind listens with a temporary one" {
  local exchange=$q-x
  start_process consumer mscomm consume --bind "$exchange:a.#" --bind "$exchange:b" \
    --declare-exchange topic --format '{routing_key}={body}\n' -n 2
  # An event that comes before the binding is returned as unroutable.
  await 10 amqp publish -e "$exchange" a.1 x
  await 10 amqp publish -e "$exchange" b y
  if amqp publish -e "$exchange" c z 2>/dev/null; then complain 'c is bound'; fi
  await_process consumer
  amqp delete-exchange "$exchange"
  assert_equal "$status" 0
  assert_equal "$(<"$consumer_out")" $'a.1=x\nb=y'
}

@test "--bind without a key hears everything, or says which key is missing" {
  local x=$q-topic
  amqp exchange "$x" topic
  start_process consumer mscomm consume --bind "$x" -n 1
  heard() { run_split mscomm publish -e "$x" -r a.b event && [ "$status" -eq 0 ]; }
  await 10 heard
  await_process consumer
  assert_equal "$(<"$consumer_out")" event
  amqp delete-exchange "$x"
  amqp exchange "$x" direct
  run_split mscomm consume --bind "$x" --until-empty
  assert_status 8
  assert_stderr_has "exchange '$x' is of the type direct"
  amqp delete-exchange "$x"
  run_split mscomm consume --bind "$x" -n 1
  assert_status 1
  assert_stderr_has "no exchange '$x'"
}

@test "--bind with a queue binds that queue" {
  local exchange=$q-x
  run_split mscomm consume "$q" --declare --bind "$exchange" --declare-exchange fanout --until-empty
  assert_status 8
  amqp publish -e "$exchange" '' event
  run_split mscomm consume "$q" -n 1
  amqp delete-exchange "$exchange"
  assert_status 0
  assert_stdout event
}

# --- options of every command --------------------------------------------------------------------

@test "connection options: password file, several brokers, name, heartbeat, patience" {
  filled 1
  echo guest >password
  chmod 600 password
  run_split mscomm consume -u "amqp://127.0.0.1:1,amqp://guest@${AMQP##*@}" --password-file password \
    --connection-name tests --heartbeat 0 --connect-timeout 5s --wait 10s "$q" -n 1
  assert_status 0
  assert_stdout 1
}

@test "-v tells, --quiet does not, --log-format json is JSON, a profile has defaults" {
  filled 1
  run_split mscomm consume "$q" -n 1 -v
  assert_stderr_has '1 taken, 1 acknowledged'
  run_split mscomm consume "$q" --until-empty --log-format json
  assert_status 8
  jq -e '.level == "error" and .command == "consume" and .outcome == "empty"' "$err" >/dev/null
  amqp fill "$q" 3
  mkdir -p "$XDG_CONFIG_HOME/mscomm"
  printf '[profile.p.consume]\ncount = 2\nnull = true\n' >"$XDG_CONFIG_HOME/mscomm/config.toml"
  run_split mscomm consume "$q" --profile p --quiet --color always
  assert_status 0
  assert_stderr
  printf '1\0002\0' >expected
  assert_stdout_is expected
  printf '[profile.p]\nformat = "{body}-"\n' >other.toml
  run_split mscomm consume "$q" --profile p --config other.toml --count 1
  printf '3-' >expected
  assert_stdout_is expected
}

@test "what a stronger source says sets a weaker one aside that contradicts it" {
  amqp declare "$q"
  printf '[profile.p]\nqueue = "nowhere"\nlines = true\nformat = "json"\nrequeue = true\n' >config.toml
  run_split mscomm publish --profile p --config config.toml -e amq.direct -r "$q" x
  assert_status 1
  assert_stderr_has '1 returned'
  MSCOMM_EXCHANGE=amq.direct run_split mscomm publish -q "$q" '{"a":1}'
  assert_status 0
  run_split mscomm consume "$q" --profile p --config config.toml --jq .a --peek
  assert_status 0
  assert_stdout 1
  MSCOMM_EXEC=false run_split mscomm consume "$q" --until-empty --format '{body}\n'
  assert_status 0
  assert_stdout '{"a":1}'
  # Of one source they still are a contradiction.
  printf '[profile.p]\npeek = true\nrequeue = true\n' >config.toml
  run_split mscomm consume "$q" --profile p --config config.toml
  assert_status 2
}
