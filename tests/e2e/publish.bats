#!/usr/bin/env bats
# publish against a real broker; what arrived is looked at with another client.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load helper

setup() { setup_queue; }

bodies() { amqp drain "$q" | jq -c .body; }

# The management interface knows more about a queue than AMQP tells.
queue_is() { # QUEUE JQ-CONDITION
  [ -n "${MSCOMM_TEST_MANAGEMENT_URL:-}" ] || skip 'needs the management interface'
  curl -sf "$MSCOMM_TEST_MANAGEMENT_URL/api/queues/%2F/$1" | jq -e "$2" >/dev/null ||
    complain "queue $1 is not $2"
}

# --- bodies --------------------------------------------------------------------------------------

@test "a body that is given arrives, and stdin is left alone" {
  amqp declare "$q"
  printf 'one\ntwo\n' | { mscomm publish -u "$AMQP" --queue "$q" 'Hello World!' 2>"$err" && cat; } >"$out"
  assert_stdout one two
  assert_stderr 'mscomm: publish: 1 sent, 1 confirmed'
  amqp get "$q" --raw >got
  printf 'Hello World!' | cmp - got
}

@test "stdin is one message, byte for byte" {
  amqp declare "$q"
  printf 'a\0b\r\n\xff\xfe\n' >body
  run_split mscomm publish -q "$q" <body
  assert_status 0
  run_split mscomm publish -q "$q" </dev/null
  assert_status 0
  amqp get "$q" --raw | cmp - body
  amqp get "$q" --raw | cmp - /dev/null
}

@test "a body that is - is stdin, as it is without one" {
  amqp declare "$q"
  printf 'from stdin' | mscomm publish -q "$q" -
  printf 'an event' | mscomm fanout "e-$q" - --no-mandatory
  amqp get "$q" --raw >got
  printf 'from stdin' | cmp - got
}

@test "files of every size arrive whole and in order" {
  local -a sizes=(0 1 131063 131064 131065 262128 1000000 10000000) arguments=()
  local size
  # 131064 bytes fit a frame: its size was negotiated as 131072, 8 of them are the frame's own
  for size in "${sizes[@]}"; do
    head -c "$size" /dev/urandom >"body-$size"
    arguments+=(--file "body-$size")
  done
  printf 'a\r\nb\0' >body-text
  amqp declare "$q"
  run_split mscomm publish -q "$q" "${arguments[@]}" --file body-text
  assert_status 0
  assert_stderr_has '9 sent, 9 confirmed'
  amqp drain "$q" --raw >got
  for size in "${sizes[@]}" text; do
    cat "body-$size"
    echo
  done | cmp - got
}

@test "--lines: each line is a message, the last one needs no newline" {
  amqp declare "$q"
  run_split mscomm publish -q "$q" --lines < <(printf 'a\n\nb\r\n c\0d')
  assert_status 0
  run_split bodies
  assert_stdout '"a"' '""' '"b\r"' '" c\u0000d"'
}

@test "--null and --delimiter end messages, too" {
  amqp declare "$q"
  run_split mscomm publish -q "$q" --null < <(printf 'a\nb\0\0c\0')
  assert_status 0
  run_split mscomm publish -q "$q" --delimiter '\r\n--' < <(printf 'd\r\n-\r\n--e\n\r\n--')
  assert_status 0
  run_split bodies
  assert_stdout '"a\nb"' '""' '"c"' '"d\r\n-"' '"e\n"'
}

@test "--jsonl: a record that is refused is named by its id" {
  amqp declare "$q"
  for record in '{"routing_key":"'"$q"'-none","body":"b","properties":{"message_id":"order-17"}}' \
    '{"exchange":"'"$q"'-none","body":"b","properties":{"message_id":"order-17"}}'; do
    run_split mscomm publish --jsonl --window 1 < <(printf '%s\n' '{"routing_key":"'"$q"'","body":"a"}' "$record")
    assert_status 6
    assert_stderr_has "message 2 (id 'order-17') to "
  done
}

@test "--jsonl: records say where they go, options win over them" {
  local other
  other=$(fresh_queue)
  amqp declare "$q"
  amqp declare "$other"
  cat >records <<JSON
{"exchange":"","routing_key":"$q","body":"text","properties":{"app_id":"a","headers":{"n":1}}}

{"exchange":"","routing_key":"$q","body_base64":"AP8=","properties":{}}
JSON
  run_split mscomm publish --jsonl <records
  assert_status 0
  assert_stderr_has '2 sent, 2 confirmed'
  amqp drain "$q" | jq -c '[.body, .body_base64, .properties]' >got
  cmp got - <<'JSON'
["text",null,{"app_id":"a","headers":{"n":1}}]
[null,"AP8=",{}]
JSON
  run_split mscomm publish --jsonl -q "$other" --app-id b -H m=2 < <(head -n 1 records)
  assert_status 0
  run_split bodies
  assert_stdout
  assert_equal "$(amqp get "$other" | jq -c .properties)" '{"app_id":"b","headers":{"m":"2","n":1}}'
}

@test "a line that is no record is named, and what came before it is confirmed" {
  amqp declare "$q"
  run_split mscomm publish -q "$q" --jsonl < <(printf '{"body":"a"}\n\n{"body":1}\n{"body":"c"}\n')
  assert_status 6
  assert_stderr_has '1 sent, 1 confirmed'
  assert_stderr_has 'standard input line 3'
  run_split bodies
  assert_stdout '"a"'
}

@test "slow input is sent at once" {
  amqp declare "$q"
  mkfifo input
  start_process slow bash -c 'exec "$0" "$@" <input' "$MSCOMM" publish -q "$q" --lines
  exec 8>input
  echo one >&8
  await 10 queue_holds "$q" 1
  echo two >&8
  await 10 queue_holds "$q" 2
  exec 8>&-
  await_process slow
  assert_equal "$status" 0
  assert_equal "$(tail -n 1 "$slow_err" | sed 's/,[^,]*$//')" 'mscomm: publish: 2 sent, 2 confirmed'
}

@test "with a window of one message every message arrives, in order" {
  amqp declare "$q"
  seq 300 >lines
  run_split mscomm publish -q "$q" --lines --window 1 <lines
  assert_status 0
  assert_stderr_has '300 sent, 300 confirmed'
  amqp drain "$q" --raw | cmp - lines
}

# --- properties ----------------------------------------------------------------------------------

@test "a message is persistent and has an id of its own, unless told otherwise" {
  amqp declare "$q"
  run_split mscomm publish -q "$q" --lines < <(printf 'a\nb\n')
  assert_status 0
  run_split mscomm publish -q "$q" --transient --message-id mine x
  assert_status 0
  amqp drain "$q" >got
  assert_equal "$(jq -s -c '[.[].properties.delivery_mode]' got)" '[2,2,1]'
  assert_equal "$(jq -s '[.[].properties.message_id] | unique | length' got)" 3
  assert_equal "$(jq -s -r '.[2].properties.message_id' got)" mine
}

@test "every property arrives" {
  amqp declare "$q"
  run_split mscomm publish -q "$q" --content-type text/x-é --content-encoding gzip --priority 255 \
    --correlation-id c --reply-to r --expiration 1h --message-id m --timestamp 1700000000 \
    --message-type t --user-id guest --app-id '' x
  assert_status 0
  amqp get "$q" | jq -cS .properties >got
  cmp got - <<'JSON'
{"app_id":"","content_encoding":"gzip","content_type":"text/x-é","correlation_id":"c","delivery_mode":2,"expiration":"3600000","message_id":"m","priority":255,"reply_to":"r","timestamp":1700000000,"type":"t","user_id":"guest"}
JSON
}

@test "--timestamp now is now, --expiration counts in milliseconds" {
  local before after
  amqp declare "$q"
  before=$(date +%s)
  run_split mscomm publish -q "$q" --timestamp now --expiration 1m x
  assert_status 0
  after=$(date +%s)
  amqp get "$q" | jq -e ".properties | .timestamp >= $before and .timestamp <= $after and
    .expiration == \"60000\"" >/dev/null
}

@test "headers have the type of their JSON, text is text" {
  amqp declare "$q"
  run_split mscomm publish -q "$q" -H 'text=1' --header 'empty=' -H 'equals=a=b:=c' -H 'int:=1' \
    -H 'long:=5000000000' -H 'double:=1.5' -H 'flag:=true' -H 'none:=null' -H 'json:="s"' \
    -H 'nested:={"a":[1,"x",{"b":false}]}' -H 'time:={"$amqp":"timestamp","value":1700000000}' \
    -H 'text=2' x
  assert_status 0
  amqp get "$q" --types | jq -cS .properties.headers >got
  # Of a name that is given twice the last counts, whichever a broker would take.
  cmp got - <<'JSON'
{"double":{"$wire":"d","value":1.5},"empty":{"$wire":"S","value":""},"equals":{"$wire":"S","value":"a=b:=c"},"flag":{"$wire":"t","value":true},"int":{"$wire":"I","value":1},"json":{"$wire":"S","value":"s"},"long":{"$wire":"l","value":5000000000},"nested":{"$wire":"F","value":{"a":{"$wire":"A","value":[{"$wire":"I","value":1},{"$wire":"S","value":"x"},{"$wire":"F","value":{"b":{"$wire":"t","value":false}}}]}}},"none":{"$wire":"V","value":null},"text":{"$wire":"S","value":"2"},"time":{"$wire":"T","value":1700000000}}
JSON
}

# --- targets and topology ------------------------------------------------------------------------

@test "an exchange and a routing key" {
  amqp declare "$q"
  amqp bind "$q" amq.topic "$q.*"
  run_split mscomm publish --exchange amq.topic --routing-key "$q.red" x
  assert_status 0
  run_split mscomm publish -e amq.topic -r "$q.blue" y
  assert_status 0
  amqp drain "$q" | jq -c '[.exchange, .routing_key, .body]' >got
  printf '["amq.topic","%s","%s"]\n' "$q.red" x "$q.blue" y | cmp - got
}

@test "--declare creates what is missing, of the kind that is asked for" {
  local kind
  queue_is "$(amqp declare "$q" && echo "$q")" '.durable | not'
  amqp delete "$q"
  declare -A condition=(
    [plain]='.durable and .type == "classic" and (.exclusive | not) and (.auto_delete | not)'
    [durable]='.durable and .type == "classic"'
    [transient]='(.durable | not) and .type == "classic"'
    [quorum]='.durable and .type == "quorum"'
    [stream]='.durable and .type == "stream"'
  )
  for kind in plain durable transient quorum stream; do
    echo "$q-$kind" >>"$BATS_TEST_TMPDIR/queues"
    local option=--declare
    [ $kind = plain ] || option=--declare=$kind
    run_split mscomm publish -q "$q-$kind" "$option" x
    assert_status 0
    queue_is "$q-$kind" "${condition[$kind]}"
    amqp delete "$q-$kind"
  done
}

@test "an exclusive queue is gone with its connection" {
  run_split mscomm publish -q "$q" --declare=exclusive x
  assert_status 0
  assert_stderr_has '1 confirmed'
  if amqp exists "$q"; then complain 'it is still there'; fi
}

@test "--queue-arg: numbers, truth and text" {
  run_split mscomm publish -q "$q" --declare --queue-arg x-max-length=2 \
    --queue-arg x-single-active-consumer=true --queue-arg x-overflow=drop-head --lines < <(seq 3)
  assert_status 0
  run_split bodies
  assert_stdout '"2"' '"3"'
  # RabbitMQ 4 adds the type that it chose.
  local type=
  ! rabbitmq_from 4 || type=',"x-queue-type":"classic"'
  queue_is "$q" '.arguments == {"x-max-length":2,"x-single-active-consumer":true,"x-overflow":"drop-head"'"$type}"
}

@test "--declare uses what exists as it is, whatever it is" {
  amqp declare "$q" --arg x-max-length=5 --arg x-expires=600000
  run_split mscomm publish -q "$q" --declare x
  assert_status 0
  run_split mscomm publish -q "$q" --declare --queue-arg x-max-length=5 y
  assert_status 0
  await 10 queue_holds "$q" 2
}

@test "a kind or argument that differs from what exists is an error that shows both" {
  amqp declare "$q" --arg x-max-length=5
  run_split mscomm publish -q "$q" --declare=durable x
  assert_status 1
  assert_stderr_has "queue '$q' exists with durable=false, but durable=true was asked for"
  assert_stderr_has 'hint: '
  run_split mscomm publish -q "$q" --declare=quorum x
  assert_status 1
  assert_stderr_has x-queue-type
  assert_stderr_has quorum
  run_split mscomm publish -q "$q" --declare --queue-arg x-max-length=7 x
  assert_status 1
  assert_stderr_has 'x-max-length=5'
  assert_stderr_has 'x-max-length=7'
  queue_holds "$q" 0
}

@test "--declare-exchange and --bind build the way, at both ends" {
  local exchange=$q-x
  run_split mscomm publish -q "$q" --declare --bind "$exchange:key.*" --declare-exchange topic \
    -e "$exchange" -r key.1 x
  assert_status 0
  run_split mscomm publish -e "$exchange" --declare-exchange direct -r key.2 y
  assert_status 1
  assert_stderr_has 'type=topic'
  assert_stderr_has 'type=direct'
  run_split mscomm publish -e "$exchange" --declare-exchange topic -r key.2 z
  assert_status 0
  run_split mscomm publish -q "$q" --bind "$exchange:other" -e "$exchange" -r other o
  assert_status 0
  amqp drain "$q" | jq -c '[.exchange, .routing_key, .body]' >got
  amqp delete-exchange "$exchange"
  printf "[\"$exchange\",\"%s\",\"%s\"]\n" key.1 x key.2 z other o | cmp - got
}

# --- guarantees ----------------------------------------------------------------------------------

@test "--no-confirm and --no-mandatory say so, and mean it" {
  amqp declare "$q"
  run_split mscomm publish -q "$q" --no-confirm x
  assert_status 0
  assert_stderr 'mscomm: publish: 1 sent (not confirmed: --no-confirm)'
  run_split mscomm publish -q "$q-nowhere" --no-confirm x
  assert_status 1
  run_split mscomm publish -q "$q-nowhere" --no-mandatory x
  assert_status 0
  assert_stderr 'mscomm: publish: 1 sent, 1 confirmed (unroutable messages go unnoticed: --no-mandatory)'
  run_split bodies
  assert_stdout '"x"'
}

@test "the summary is JSON when the log is, and nothing with --quiet" {
  amqp declare "$q"
  run_split mscomm publish --log-format json -q "$q" --lines < <(seq 3)
  assert_status 0
  jq -e '.outcome == "ok" and .sent == 3 and .confirmed == 3 and .returned == 0 and .in_doubt == 0 and
    .elapsed_ms > 0' "$err" >/dev/null || complain 'summary'
  run_split mscomm publish --log-format json -q "$q-missing" x
  jq -es '.[0].level == "warning" and .[0].hint == "is the queue there? --declare creates it" and
    (.[0].message | contains("hint") | not)' "$err" >/dev/null || complain 'the hint is a member'
  run_split mscomm publish --quiet -q "$q-missing" x
  assert_status 1
  assert_stderr 'mscomm: publish: 1 sent, 0 confirmed, 1 returned'
  run_split mscomm publish --quiet -q "$q" x
  assert_status 0
  assert_stderr
}

# --- connections ---------------------------------------------------------------------------------

@test "of several brokers one that answers is enough" {
  amqp declare "$q"
  run_split mscomm publish -u "amqp://127.0.0.1:1,$AMQP" -q "$q" x
  assert_status 0
  run_split mscomm publish -u amqp://127.0.0.1:1 -u "$AMQP" -q "$q" x
  assert_status 0
  queue_holds "$q" 2
}

@test "the password can stand in a file that nobody else reads" {
  local address=${AMQP##*@}
  echo guest >password
  chmod 600 password
  amqp declare "$q"
  run_split mscomm publish -u "amqp://guest:wrong@$address" --password-file password -q "$q" x
  assert_status 0
  queue_holds "$q" 1
  chmod 644 password
  run_split mscomm publish -u "amqp://guest@$address" --password-file password -q "$q" x
  assert_status 2
  assert_stderr_has password
  queue_holds "$q" 1
}

@test "--connect-timeout: a port that accepts and stays silent is given up" {
  start_raw silent hang
  run_split mscomm publish -u "amqp://$silent" --connect-timeout 200ms -q "$q" x
  assert_status 5
  assert_stderr_has "$silent"
}

@test "--wait: a broker that comes later is found" {
  local port
  start_relay
  stop_process relay KILL
  amqp declare "$q"
  start_process publisher mscomm publish -v -u "amqp://127.0.0.1:$port" --wait 60s -q "$q" x
  await 10 grep -q refused "$publisher_err"
  start_relay "$port"
  await_process publisher
  assert_equal "$status" 0
  queue_holds "$q" 1
}

@test "the broker shows the connection's name and uses its heartbeat" {
  amqp declare "$q"
  mkfifo input
  start_process named bash -c 'exec "$0" "$@" <input' "$MSCOMM" publish -q "$q" --lines \
    --connection-name "name of $q" --heartbeat 7
  exec 8>input
  echo x >&8
  await 10 queue_holds "$q" 1
  broker_ctl -q list_connections timeout client_properties >"$out"
  grep -F "name of $q" "$out" | grep -qE '^7\s' || complain 'name and heartbeat'
  exec 8>&-
  await_process named
  assert_equal "$status" 0
}
