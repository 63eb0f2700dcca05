#!/usr/bin/env bats
# fanout against a real broker: events, and those who listen to them.

load helper

setup() {
  setup_queue
  x=$q-x
}

teardown() {
  amqp delete-exchange "$x" || true
  teardown_test
}

subscribed() { # TYPE [KEY]: the queue $q, bound to the exchange $x
  amqp exchange "$x" "$1" --durable
  amqp declare "$q"
  amqp bind "$q" "$x" "${2:-}"
}

exchange_is() { # JQ-CONDITION
  [ -n "${MSCOMM_TEST_MANAGEMENT_URL:-}" ] || skip 'needs the management interface'
  curl -sf "$MSCOMM_TEST_MANAGEMENT_URL/api/exchanges/%2F/$x" | jq -e "$1" >/dev/null ||
    complain "the exchange is not $1"
}

# Events that nobody hears yet are sent again.
heard() { mscomm fanout "$x" --require-subscribers "$@"; }

@test "an event reaches every queue, and the exchange is made" {
  run_split mscomm fanout "$x" nobody
  assert_status 0
  assert_stderr_has '1 heard by nobody'
  exchange_is '.type == "fanout" and .durable'
  subscribed fanout
  run_split mscomm fanout -u "$AMQP" "$x" '{"id":1}'
  assert_status 0
  assert_stderr 'mscomm: fanout: 1 sent, 1 confirmed'
  assert_equal "$(amqp get "$q" | jq -c '[.exchange, .body]')" "[\"$x\",\"{\\\"id\\\":1}\"]"
}

@test "--require-subscribers makes an unheard event a failure" {
  run_split mscomm fanout "$x" --require-subscribers event
  assert_status 1
  assert_stderr_has '0 confirmed, 1 returned'
  subscribed fanout
  run_split mscomm fanout "$x" --require-subscribers event
  assert_status 0
}

@test "--type headers: a listener gets the events that have its headers" {
  start_process both "$MSCOMM" fanout "$x" --type headers --listen -v -n 1 -H tenant=a -H kind:=1
  start_process any "$MSCOMM" fanout "$x" --type headers --listen -v -n 2 \
    -H tenant=a -H kind:=1 -H x-match=any
  await 10 grep -q listening "$both_err"
  await 10 grep -q listening "$any_err"
  mscomm fanout "$x" --require-subscribers -H tenant=a -H kind:=2 one
  mscomm fanout "$x" --require-subscribers -H tenant=a -H kind:=1 two
  await_process both
  await_process any
  assert_equal "$(<"$both_out")" two
  assert_equal "$(<"$any_out")" $'one\ntwo'
}

@test "each kind of exchange, by --type, and a mismatch shows both" {
  local type
  for type in topic direct headers fanout; do
    run_split mscomm fanout "$x" --type $type event
    assert_status 0
    exchange_is ".type == \"$type\""
    amqp delete-exchange "$x"
  done
  amqp exchange "$x" topic --durable
  run_split mscomm fanout "$x" event
  assert_status 0
  run_split mscomm fanout "$x" --type fanout event
  assert_status 1
  assert_stderr_has "exchange '$x' exists with type=topic, but type=fanout was asked for"
}

@test "--durable and --transient ask for what the exchange must be" {
  run_split mscomm fanout "$x" --transient event
  assert_status 0
  exchange_is '.durable | not'
  run_split mscomm fanout "$x" event
  assert_status 0
  run_split mscomm fanout "$x" --durable event
  assert_status 1
  assert_stderr_has 'durable=false, but durable=true'
  amqp delete-exchange "$x"
  run_split mscomm fanout "$x" --durable event
  assert_status 0
  exchange_is '.durable'
}

@test "events from stdin: whole, lines, NUL, a delimiter, records and files" {
  subscribed fanout
  run_split mscomm fanout "$x" < <(printf 'a\nb')
  run_split mscomm fanout "$x" --lines < <(printf 'c\nd\n')
  run_split mscomm fanout "$x" --null < <(printf 'e\0f')
  run_split mscomm fanout "$x" --delimiter ';' < <(printf 'g;h')
  run_split mscomm fanout "$x" --jsonl < <(echo '{"exchange":"elsewhere","body":"i"}')
  printf j >file
  run_split mscomm fanout "$x" --file file --file file
  assert_status 0
  amqp drain "$q" | jq -r '[.body, .exchange] | tojson' >got
  printf "[\"%s\",\"$x\"]\n" 'a\nb' c d e f g h i j j | cmp - got
}

@test "an event's properties, headers and routing key" {
  subscribed topic 'order.#'
  run_split mscomm fanout "$x" -r order.new -H 'n:=1' --content-type a/b --content-encoding c \
    --priority 1 --correlation-id d --reply-to e --expiration 10m --message-id f --timestamp 5 \
    --message-type g --user-id guest --app-id h --transient --window 5 --confirm-timeout 9s body
  assert_status 1
  assert_stderr_has 'durable=true'
  run_split mscomm fanout "$x" -r order.new -H 'n:=1' --content-type a/b --content-encoding c \
    --priority 1 --correlation-id d --reply-to e --expiration 10m --message-id f --timestamp 5 \
    --message-type g --user-id guest --app-id h --window 5 --confirm-timeout 9s body
  assert_status 0
  amqp get "$q" | jq -cS '[.routing_key, .properties]' | cmp - <(jq -cS . <<'JSON'
["order.new",{"headers":{"n":1},"content_type":"a/b","content_encoding":"c","priority":1,
 "correlation_id":"d","reply_to":"e","expiration":"600000","message_id":"f","timestamp":5,
 "type":"g","user_id":"guest","app_id":"h","delivery_mode":2}]
JSON
  )
}

@test "--no-confirm and --no-mandatory say so" {
  subscribed fanout
  run_split mscomm fanout "$x" --no-confirm --no-mandatory event
  assert_status 0
  assert_stderr_has 'not confirmed: --no-confirm'
  assert_stderr_has '--no-mandatory'
  assert_equal "$(amqp get "$q" --raw)" event
}

@test "--listen prints events as they come, and takes nothing from other listeners" {
  start_process one mscomm fanout "$x" --listen -n 2
  start_process two mscomm fanout "$x" --listen -n 2 --format '{exchange} {body}\n' -o two
  await 20 heard probe
  # Both must be there: the second may have come after the first event.
  until process_ended "$one_pid" && process_ended "$two_pid"; do
    heard more 2>/dev/null || break
  done
  await_process one
  assert_equal "$status" 0
  await_process two
  assert_equal "$status" 0
  assert_equal "$(tail -n 1 "$one_out")" more
  assert_equal "$(tail -n 1 two)" "$x more"
  [ ! -s "$two_out" ]
}

@test "--listen with keys, of a topic exchange" {
  start_process listener mscomm fanout "$x" --listen --type topic -r 'a.*' -r b -n 2 \
    --format '{routing_key} '
  await 20 heard --type topic -r a.1 x
  run_split heard -r c x
  assert_status 1
  run_split heard -r b x
  assert_status 0
  await_process listener
  assert_equal "$status" 0
  assert_equal "$(<"$listener_out")" 'a.1 b '
}

@test "--listen to everything of a topic exchange that exists already" {
  amqp exchange "$x" topic --durable
  start_process listener mscomm fanout "$x" --listen -n 1
  await 20 heard -r some.key event
  await_process listener
  assert_equal "$(<"$listener_out")" event
  # "" is the key that nobody gave: of a direct exchange it is the only one that can be meant.
  amqp delete-exchange "$x"
  amqp exchange "$x" direct --durable
  start_process listener mscomm fanout "$x" --listen -n 1
  await 20 heard event
  await_process listener
  assert_equal "$(<"$listener_out")" event
}

@test "--listen stops when idle, when the time is over, and says when nothing came" {
  run_split mscomm fanout "$x" --listen --idle 50ms
  assert_status 8
  run_split mscomm fanout "$x" --listen --timeout 300ms
  assert_status 8
  run_split mscomm fanout "$x" --listen --until-empty
  assert_status 8
  assert_stdout
}

@test "--listen separates bodies as it is told" {
  start_process listener mscomm fanout "$x" --listen -n 3 --delimiter ', '
  await 20 heard a
  run_split heard b
  run_split heard c
  await_process listener
  assert_equal "$(<"$listener_out")" 'a, b, c, '
  start_process listener mscomm fanout "$x" --listen -n 2 --null
  await 20 heard d
  run_split heard e
  await_process listener
  printf 'd\0e\0' | cmp - "$listener_out"
}

@test "the temporary queue is gone with its listener" {
  start_process listener mscomm fanout "$x" --listen
  await 20 heard a
  stop_process listener INT
  assert_equal "$status" 130
  unheard() { ! heard b; }
  await 10 unheard
}

@test "a direct exchange has no key for everything, and a listener says so" {
  amqp exchange "$x" direct
  start_process listener mscomm fanout "$x" --listen -n 1 -v
  await 10 grep -q listening "$listener_err"
  grep -qF "exchange '$x' is of the type direct" "$listener_err"
  heard a
  await_process listener
  start_process listener mscomm fanout "$x" --listen -n 1 -r k
  await 20 heard -r k a
  await_process listener
  assert_equal "$(<"$listener_out")" a
  assert_equal "$(grep -c 'of the type' "$listener_err" || true)" 0
}
