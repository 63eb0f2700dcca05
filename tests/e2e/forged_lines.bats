#!/usr/bin/env bats
# What comes from outside begins no line of ours, for no reader: not on stderr, not in --format text.
# Raw output and format strings are data, and byte-exact.
#
# shellcheck disable=SC2016  # jq expressions, and what the table evaluates

load helper

setup() {
  setup_test
  export AMQP_URL=$AMQP
  q=$(fresh_queue)
  forged text >evil.txt
  evil=$(tr -d '\0' <evil.txt) # of arguments, which have no NUL
}

forged() { /usr/bin/python3 -B "$tests_root/support/forged.py" "$@"; }

# A call in each row: EXIT STATUS | err, or also out where stdout is for people | ARGUMENTS
check_calls() {
  local row failed=''
  while IFS= read -r row; do
    split_row "$row" || continue
    eval "run_split mscomm ${cells[2]}" </dev/null
    local -a files=("$err")
    [ "${cells[1]}" = err ] || files+=("$out")
    if ! { assert_status "${cells[0]}" && forged check "${files[@]}" >&2; }; then
      failed+=$'\n'"${cells[2]}"
    fi
  done
  [ -z "$failed" ] || complain "these do not hold:$failed"
}

# In the queue $q, with the text in everything that takes text.
publish_hostile() { # [PROPERTIES]
  jq -cRs --argjson more "${1:-{\}}" '.[:230] as $t | {content_type: $t, correlation_id: $t, message_id: $t,
    type: $t, app_id: $t, reply_to: $t, cluster_id: $t,
    headers: {($t[:100]): $t, nested: {($t[:100]): [$t]}}} + $more' evil.txt >properties
  amqp publish "$q" "$(<evil.txt tr -d '\0')" -p "$(<properties)"
}

@test "a message begins no line, whatever is done with it" {
  amqp declare "$q" --durable
  publish_hostile
  check_calls <<'ROWS'
0 | err | consume "$q" --peek -vv
0 | out | consume "$q" --peek --format text
0 | out | consume "$q" --peek --format json -v
0 | out | consume "$q" --peek --format json --log-format json -vv
1 | err | consume "$q" -n 1 --exec false --on-fail requeue -vv
1 | err | consume "$q" -n 1 --exec false --on-fail park --park "$q-none"
1 | err | consume "$q" -n 1 --to "$q-none"
0 | out | consume "$q" -n 1 --to "$q-x" --dry-run
1 | out | consume "$q" --until-empty --to-origin
0 | out | consume "$q" --until-empty --to-origin --dry-run
1 | err | consume "$q" -n 1 --jq .
1 | err | consume "$q" -n 1 --filter '.json.x == 1 or error(.properties.message_id)'
1 | err | consume "$q" --peek --filter 'error(.body)'
ROWS
  # Data is exact.
  run_split mscomm consume "$q" --peek --format '{message_id}'
  cmp <(jq -j .message_id properties) "$out"
  run_split mscomm consume "$q" --peek --delimiter ''
  tr -d '\0' <evil.txt | cmp - "$out"
}

@test "a message that cannot be unpacked, published or answered is told in one line" {
  amqp declare "$q" --durable
  publish_hostile "$(jq -cRs '{content_encoding: .[:230]}' evil.txt)"
  mscomm consume "$q" --peek --format json >record
  check_calls <<'ROWS'
1 | err | consume "$q" -n 1 --decompress
1 | err | publish --jsonl -q "$q-none" -v <record
1 | err | publish --jsonl -q "$q-none" --log-format json -v <record
1 | err | publish --jsonl -e '' -r "$evil" -v <record
0 | err | fanout amq.fanout --jsonl -v <record
0 | err | consume "$q" -n 1 --exec cat --reply -v
ROWS
}

@test "on a terminal a format string shows line feeds, and a body has its own" {
  amqp declare "$q"
  amqp publish "$q" $'one\ntwo' -p '{"message_id": "a\nFORGED"}'
  MSCOMM=$MSCOMM q=$q run_split script -qfec '"$MSCOMM" consume "$q" --peek --format "{message_id} {body}\n"' typescript </dev/null
  assert_equal "$(sed '1d;$d' typescript | tr -d '\r' | head -n 2)" $'a\\nFORGED one\ntwo'
}

@test "a broker begins no line, whatever it says" {
  local where url call more seen
  for where in greeting login open channel blocked lost; do
    start_listener "fake_$where" /usr/bin/python3 -B "$tests_root/support/forged.py" broker "$where"
    url=amqp://127.0.0.1:$port seen=
    for call in "consume -u $url q -n 1" "publish -u $url -q q --declare x" "probe $url" "fanout -u $url e x"; do
      for more in -vv '--log-format json -v'; do
        # shellcheck disable=SC2086  # words
        run_split mscomm $call --timeout 500ms $more
        [ "$status" -ne 70 ] || complain "$where: $call"
        forged check "$err" "$out" >&2 || complain "$where: $call"
        ! grep -q FORGED "$err" "$out" || seen=yes
      done
    done
    [ "$seen" ] || complain "$where: nobody told what it said"
    stop_process "fake_$where"
  done
}

@test "an HTTP answer begins no line, whatever it says" {
  local bytes='\x0b\x0cFORGED\x1b[2JFORGED\xc2\x85FORGED\xe2\x80\xa8FORGED\xe2\x80\xaeFORGED\x1c\x1eFORGED'
  local head="HTTP/1.1 503 a${bytes}\r\nX-A${bytes}: b${bytes}\r\nRetry-After: ${bytes}\r\nServer: ${bytes}\r\nConnection: close\r\n"
  start_raw text read "send:${head}\r\na\nFORGED\r\n\nFORGED\r${bytes}\n"
  start_raw json read "send:${head}Content-Type: application/json\r\n\r\n{\"\\\\nFORGED\": \"\\\\n\\\\u2028FORGED\", \"b\": \"\xe2\x80\xa8FORGED\"}"
  start_raw away read "send:HTTP/1.1 302 a${bytes}\r\nLocation: gopher://a${bytes}\r\nConnection: close\r\n\r\n"
  start_raw kind read "send:HTTP/1.1 405 a${bytes}\r\nAllow: a${bytes}\r\nConnection: close\r\n\r\n"
  printf '%s' '{"required": ["a\nFORGED"], "properties": {"b": {"pattern": "^a\nFORGED$"},
    "\nFORGED": {"type": "number"}}}' >schema
  check_calls <<'ROWS'
1 | err | get "$text"
1 | err | get -vv "$text"
1 | err | get -v --log-format json "$text"
1 | out | get --format text "$text"
1 | out | get --format text "$json"
1 | out | get --format json -v "$text"
1 | out | get --format json "$json"
1 | err | get --timing "$text"
1 | err | get -o saved "$text"
1 | err | get -o saved -i "$text"
1 | err | get --retry 1 --backoff 1ms "$text"
1 | err | get --jq .a "$text"
5 | err | get --until .json.a --every 50ms --timeout 200ms -v "$json"
9 | err | get --expect 503 --schema schema "$json"
9 | err | get --expect 503 --schema schema "$text"
9 | err | get --expect 503 --assert '.json["\nFORGED"] == 1' "$json"
9 | err | get --expect 503 --assert 'error(.json.b)' "$json"
1 | err | get --expect 503 --jq 'error(.b)' "$json"
1 | err | get --expect 503 --jq 'error' "$json"
1 | err | get -L "$away"
1 | err | get "$away"
1 | err | get "$kind"
1 | out | get --format text "$text" "$json" "$away" "$kind"
1 | err | get "$text" "$json"
1 | out | get -n 2 "$text"
1 | out | get -n 2 "$json"
9 | out | get -n 2 --expect 503 --schema schema "$json"
1 | err | get --breaker=x "$text"
0 | out | breaker list
0 | out | breaker show x
0 | out | breaker list --format json
1 | out | probe "http://$text"
1 | out | probe --format json "http://$text"
ROWS
}

@test "a management API begins no line" {
  [ -n "${MSCOMM_TEST_MANAGEMENT_URL:-}" ] || skip 'needs the management interface'
  local queue_facts=${MSCOMM_HTTP_SERVICE%/*}/queue_facts reason='a\\nFORGED\\u2028FORGED\\u0085FORGED\\u001b[2J'
  for status_line in '401 a\x1b[2JFORGED' '500 a\x1b[2JFORGED' '200 OK' '302 a\x0bFORGED\r\nLocation: a\x0bFORGED'; do
    start_raw api read "send:HTTP/1.1 $status_line\r\nConnection: close\r\n\r\n{\"error\": \"$reason\", \"reason\": \"$reason\"}"
    run_split "$queue_facts" "$AMQP" "http://$api" queue "$q"
    assert_status 1
    forged check "$err"
    stop_process api
  done
}

@test "names of files, variables, keys and values begin no line" {
  printf '[profile.p]\n"a\\nFORGED" = 1\n' >unknown.toml
  printf '[profile."p\\nFORGED"]\n' >other.toml
  printf '[profile.p]\ntimeout = "a\\nFORGED"\n' >wrong.toml
  printf '[profile.p."a\\nFORGED"]\nx = 1\n' >table.toml
  mkdir "folder$evil" || mkdir folder
  check_calls <<'ROWS'
2 | err | "$evil"
2 | err | "--x$evil"
2 | err | get "--x$evil" :1/
2 | err | get -"$evil" :1/
2 | err | consume q "$evil"
2 | err | help "$evil"
2 | err | get --timeout "1$evil" :1/
2 | err | get --timeout "1$evil" --log-format json :1/
2 | err | get --expect "$evil" :1/
2 | err | get --method "$evil" :1/
2 | err | get -H "$evil" :1/
2 | err | get --format "{$evil}" :1/
2 | err | get --color "$evil" :1/
2 | err | get --max-redirs "$evil" :1/
2 | err | get "http://h$evil/"
2 | err | get "$evil://h/"
2 | err | get --jq ".a$evil" :1/
2 | err | get --assert ".a$evil" :1/
11 | err | get --schema "no$evil" :1/
11 | err | get --openapi "no$evil" :1/
11 | err | get -d "@no$evil" :1/
11 | err | get --bearer-file "no$evil" :1/
11 | err | get --tls-ca "no$evil" https://127.0.0.1:1/
11 | err | get -o "no$evil/x" :1/
3 | err | get --unix-socket "no$evil" http://h/
2 | err | get --resolve "$evil" :1/
2 | err | get --proxy "$evil" :1/
2 | err | get --breaker="$evil" :1/
2 | err | get --config "no$evil" :1/
2 | err | get --profile "$evil" :1/
2 | err | get --config unknown.toml --profile p :1/
2 | err | get --config other.toml --profile p :1/
2 | err | get --config wrong.toml --profile p :1/
2 | err | get --config table.toml --profile p :1/
2 | err | breaker show "$evil"
11 | err | publish -q q --file "no$evil"
11 | err | publish -q q --dir "no$evil"
1 | err | publish -q "none$(tr -d "\r\n" <<<"$evil")" x
2 | err | publish -q q -H "$evil" x
2 | err | publish -q q -H "a:=$evil" x
2 | err | publish -q q --queue-arg "$evil" --declare x
2 | err | publish -q q --jsonl <<<'{"a\nFORGED": 1}'
2 | err | publish -q q --report "no$evil/x" x
1 | err | consume "none$(tr -d "\r\n" <<<"$evil")"
2 | err | consume -u "amqp://h$evil" q
2 | err | consume -u "amqp://h/?x$evil=1" q
11 | err | consume q --save "evil.txt/$evil"
2 | err | probe "tcp://h$evil"
2 | err | probe "$evil://h"
ROWS
  AMQP_URL="amqp://h$evil" run_split mscomm consume q
  assert_status 2
  forged check "$err"
  MSCOMM_TIMEOUT="1$evil" run_split mscomm consume q
  assert_status 2
  forged check "$err"
}
