#!/usr/bin/env bats
# Looking at a quorum queue, which drops a message that went back too often: nothing may be lost.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load helper

setup() {
  setup_test
  export AMQP_URL=$AMQP
  q=$(fresh_queue)
}

messages=60

# A quorum queue of numbered messages that a message leaves when it goes back more than LIMIT times.
declare_limited() { # LIMIT [ARGUMENT...]
  amqp declare "$q" --durable --arg x-queue-type=quorum --arg x-delivery-limit="$1" "${@:2}"
  seq "$messages" | "$MSCOMM" publish -q "$q" --lines --quiet
}

look() {
  run_split timeout 30 "$MSCOMM" consume "$q" --management-url "$MSCOMM_TEST_MANAGEMENT_URL" "$@"
}

# Every message that FIRST to the last is in the queue, once.
assert_left() { # FIRST
  await 10 queue_holds "$q" $((messages - $1 + 1)) || complain "the queue holds $(amqp count "$q")"
  amqp drain "$q" --raw | sort -n | cmp - <(seq "$1" "$messages") || complain 'other messages are left'
}

@test "--peek, --requeue and --ack none show every message once and drop none, however often" {
  local way i
  for way in --peek --requeue '--ack none'; do
    q=$(fresh_queue)
    declare_limited 2
    for ((i = 0; i < $(rounds 5 50); i++)); do
      # shellcheck disable=SC2086  # two words
      look $way --until-empty
      assert_status 0
      sort -n "$out" | cmp - <(seq "$messages") || complain "$way shows other messages in round $i"
    done
    assert_left 1
  done
}

@test "what head did not read stays, and its count does not grow to the limit unseen" {
  local i
  declare_limited 2
  for ((i = 1; i <= $(rounds 8 50); i++)); do
    timeout 30 "$MSCOMM" consume "$q" --management-url "$MSCOMM_TEST_MANAGEMENT_URL" 2>>"$err" | head -n 1 >>taken
  done
  assert_equal "$(wc -l <taken)" "$((i - 1))"
  await 10 queue_holds "$q" $((messages - i + 1)) || complain "the queue holds $(amqp count "$q")"
  { amqp drain "$q" --raw && cat taken; } | sort -n | cmp - <(seq "$messages")
}

@test "what is on its way when a long look ends early does not go back unseen" {
  local i
  messages=2000
  declare_limited 1
  look --peek
  for ((i = 0; i < $(rounds 4 12); i++)); do
    timeout 30 "$MSCOMM" consume "$q" --management-url "$MSCOMM_TEST_MANAGEMENT_URL" --peek 2>>"$err" | head -n 100 >/dev/null
    look --ack none --timeout 30ms
    start_process looker "$MSCOMM" consume "$q" --management-url "$MSCOMM_TEST_MANAGEMENT_URL" --peek
    await 10 [ -s "$looker_out" ]
    stop_process looker TERM
  done
  assert_left 1
}

@test "a filter that takes one message a time leaves the others" {
  local i
  declare_limited 2
  for ((i = 1; i <= $(rounds 6 50); i++)); do
    look -n 1 --filter ".body == \"$i\""
    assert_status 0
    assert_stdout "$i"
  done
  assert_left "$i"
}

@test "Ctrl-C in the midst of a look gives everything back" {
  local i
  declare_limited 2
  for ((i = 0; i < $(rounds 5 50); i++)); do
    start_process looker "$MSCOMM" consume "$q" --management-url "$MSCOMM_TEST_MANAGEMENT_URL" --peek --idle 60s
    await 10 [ -s "$looker_out" ]
    stop_process looker INT
    assert_equal "$status" 130
  done
  assert_left 1
}

@test "a command that always fails does not lose its message" {
  local i
  declare_limited 2
  for ((i = 0; i < $(rounds 6 50); i++)); do
    look -n 1 --exec 'exit 1'
    assert_status 1
  done
  assert_left 1
}

@test "a failed message is left to the limit of a queue that dead-letters" {
  local dead
  dead=$(fresh_queue)
  amqp declare "$dead"
  messages=1
  declare_limited 1 --arg x-dead-letter-exchange= --arg x-dead-letter-routing-key="$dead"
  look -n 1 --exec 'exit 1'
  look -n 1 --exec 'exit 1'
  await 10 queue_holds "$dead" 1
  run_split mscomm consume "$dead" -n 1 --filter '.properties.headers["x-death"][0].reason == "delivery_limit"'
  assert_status 0
}

@test "a message that is tried again in place and succeeds is done once, also at its limit" {
  messages=3
  declare_limited 1
  look --peek
  look --until-empty --retry 3 --backoff 50ms --exec 'echo $MSCOMM_MESSAGE_BODY_BYTES >>tries
    cat >>done.$$; [ $MSCOMM_MESSAGE_ATTEMPT -gt 1 ]'
  assert_status 0
  assert_equal "$(wc -l <tries)" 6
  await 10 queue_holds "$q" 0
}

@test "where nobody tells the type, a reader who can put no copies back looks by --force only" {
  broker_ctl -q add_user reader secret
  broker_ctl -q set_permissions reader '^$' '^$' '.*'
  amqp declare "$q"
  seq 3 | "$MSCOMM" publish -q "$q" --lines --quiet
  local url=${AMQP/guest:guest@/reader:secret@}
  run_split mscomm consume "$q" -u "$url" --management-url http://127.0.0.1:1 --peek
  assert_status 1
  assert_stdout
  assert_stderr_has "queue '$q' may drop what goes back: the broker does not say, or not yet, how often it may"
  for _ in 1 2; do
    run_split mscomm consume "$q" -u "$url" --management-url http://127.0.0.1:1 --peek --force
    assert_status 0
    assert_stdout 1 2 3
  done
  broker_ctl -q delete_user reader
}

@test "a limit that a policy sets counts too" {
  broker_ctl -q set_policy limit '^t-policy-' '{"delivery-limit":1}' --apply-to queues
  q=t-policy-$BATS_TEST_NUMBER-$$
  amqp declare "$q" --durable --arg x-queue-type=quorum
  seq "$messages" | "$MSCOMM" publish -q "$q" --lines --quiet
  for _ in 1 2 3 4; do
    look --peek
    assert_status 0
  done
  assert_left 1
  amqp delete "$q"
  broker_ctl -q clear_policy limit
}

@test "without the management API nothing is dropped either" {
  declare_limited 1
  for _ in 1 2 3 4; do
    run_split mscomm consume "$q" --peek --management-url http://127.0.0.1:1
    assert_status 0
  done
  assert_left 1
}

@test "a message that goes back as a copy keeps its body and properties, and says how often" {
  messages=0
  declare_limited 0
  head -c 3000000 /dev/urandom | base64 -w 0 >body
  "$MSCOMM" publish -q "$q" --quiet --file body -H n:=5 --correlation-id c --priority 3 --message-id m --content-type text/plain
  look -n 1 --format json
  jq -S 'del(.received_at, .delivery_tag)' "$out" >before
  "$MSCOMM" publish -q "$q" --quiet --jsonl <"$out"
  look --peek -v
  assert_status 0
  assert_stderr_has "queue '$q'"
  assert_stderr_has 'put back as copies' # perhaps also what this run had made
  look -n 1 --format json --peek
  assert_status 0
  jq -S 'del(.received_at, .delivery_tag, .properties.headers["x-mscomm-copies", "x-mscomm-run",
    "x-mscomm-exchange", "x-mscomm-routing-key", "x-delivery-count"]) | .redelivered = false' "$out" >after
  cmp before after || complain "$(diff before after | cut -c 1-300)"
  assert_equal "$(jq -c '.properties.headers["x-mscomm-copies"]' "$out")" 1
}

@test "a look for more messages than there are ends though it put all of them back as copies" {
  messages=3
  declare_limited 1
  look --peek
  for _ in 1 2 3; do
    look --peek -n 5 --until-empty -v
    assert_status 0
    sort "$out" | cmp - <(seq 3) || complain 'other messages are shown'
  done
  assert_stderr_has 'put back as copies'
  assert_left 1
}

@test "a queue that is deleted with its last consumer may be looked at" {
  amqp declare "$q" --auto-delete
  seq "$messages" | "$MSCOMM" publish -q "$q" --lines --quiet
  look --peek
  assert_status 0
  cmp "$out" <(seq "$messages")
}

@test "who may not put copies back is refused before anything is looked at, unless forced" {
  broker_ctl -q add_user looker secret
  broker_ctl -q set_user_tags looker monitoring
  broker_ctl -q set_permissions looker '^$' '^$' '.*'
  declare_limited 1
  local url=${AMQP/guest:guest@/looker:secret@} management=${MSCOMM_TEST_MANAGEMENT_URL/guest:guest@/looker:secret@}
  run_split mscomm consume "$q" -u "$url" --management-url "$management" --peek
  assert_status 1
  assert_stdout
  assert_stderr_has 'cannot be put back'
  assert_stderr_has 'hint: --force looks all the same'
  run_split mscomm consume "$q" -u "$url" --management-url "$management" --peek --force -n 1
  assert_status 0
  assert_stdout 1
  # To take is the work of a reader, and needs no copies.
  run_split mscomm consume "$q" -u "$url" --management-url "$management" -n 1
  assert_status 0
  broker_ctl -q delete_user looker
}

@test "acknowledged is acknowledged: no settlement is lost when the connection ends" {
  messages=400
  declare_limited 20
  # Every other message is taken, each settled by itself; what is held between them goes back.
  look --until-empty --filter '(.body | tonumber) % 2 == 0' -v
  assert_status 0
  assert_stderr_has '200 taken, 200 acknowledged, 200 put back'
  assert_stderr_lacks redelivered
  await 10 queue_holds "$q" 200 || complain "the queue holds $(amqp count "$q")"
}

@test "a queue with a single active consumer is shown whole" {
  local kind
  for kind in classic quorum; do
    q=$(fresh_queue)
    amqp declare "$q" --durable --arg x-queue-type=$kind --arg x-single-active-consumer=true
    seq 300 | "$MSCOMM" publish -q "$q" --lines --quiet
    look --peek
    assert_status 0
    cmp "$out" <(seq 300)
    look -n 200
    assert_status 0
    cmp "$out" <(seq 200)
    look --until-empty
    assert_status 0
    cmp "$out" <(seq 201 300)
  done
}

@test "a stream is followed without a gap and without a message twice" {
  local first sent=0
  amqp declare "$q" --durable --arg x-queue-type='"stream"'
  start_process follower "$MSCOMM" consume "$q"
  until [ -s "$follower_out" ]; do
    ((++sent < 1000))
    "$MSCOMM" publish -q "$q" --quiet "$sent"
  done
  seq $((sent + 1)) $((sent + 1000)) | "$MSCOMM" publish -q "$q" --lines --quiet
  await 20 grep -qx $((sent + 1000)) "$follower_out"
  first=$(head -n 1 "$follower_out")
  seq "$first" $((sent + 1000)) | cmp - "$follower_out"
  stop_process follower INT
  assert_equal "$status" 130
}
