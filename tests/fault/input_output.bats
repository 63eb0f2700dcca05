#!/usr/bin/env bats
# Bytes that nobody expects, sizes at the edges, and files that cannot be read or written.
#
# A closed stdout, /dev/full, missing files and closed stdin are in tests/e2e/exit_codes.bats, bodies
# with NUL and invalid UTF-8 in publish.bats, consume.bats and lossless.bats.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load ../e2e/helper

setup() { setup_queue declared; }

# --- files ---------------------------------------------------------------------------------------

@test "11: input that fails in its middle" {
  # Nothing lies at the beginning of a process's memory, and reading there is an error.
  exec 7</proc/self/mem
  run_split mscomm publish -q "$q" <&7
  assert_status 11
  assert_stderr_has 'Input/output error'
  run_split mscomm publish -q "$q" --jsonl <&7
  assert_status 11
  exec 7<&-
  echo one >one
  run_split mscomm publish -q "$q" --file one --file /proc/self/mem
  assert_status 11
  assert_stderr_has '1 sent, 1 confirmed'
  queue_holds "$q" 1
}

@test "11: an output that is full in its middle: what was not written stays in the queue" {
  # Root ignores many limits, but not that of a file's size.
  amqp fill "$q" 5000 --size 100
  status=0
  (
    trap '' XFSZ
    ulimit -f 100
    exec timeout 20 "$MSCOMM" consume "$q" -o limited 2>"$err"
  ) || status=$?
  assert_status 11
  assert_stderr_has limited
  assert_stderr_has 'File too large'
  # A part of the last message may be there.
  local whole
  whole=$(wc -l <limited)
  [ "$whole" -ge 500 ]
  run_split mscomm consume "$q" --until-empty
  head -n "$whole" limited | cat - "$out" | tr -d ' ' | sort -nu | cmp - <(seq 5000)
}

@test "11: lists and records that cannot be written" {
  status=0
  timeout 20 "$MSCOMM" publish -q "$q" --report - x >/dev/full 2>"$err" || status=$?
  assert_status 11
  assert_stderr_has '1 sent, 1 confirmed'
  status=0
  timeout 20 "$MSCOMM" consume "$q" -n 1 --format json >/dev/full 2>"$err" || status=$?
  assert_status 11
  run_split mscomm consume "$q" -n 1 -o /dev/full
  assert_status 11
  await 10 queue_holds "$q" 1
}

@test "without a stderr the work is done all the same" {
  status=0
  timeout 20 "$MSCOMM" publish -q "$q" -v x 2>/dev/full || status=$?
  assert_status 0
  timeout 20 "$MSCOMM" publish -q "$q" -v x 2>&- || status=$?
  assert_status 0
  timeout 20 "$MSCOMM" consume "$q" -n 2 -v >"$out" 2>&- || status=$?
  assert_status 0
  assert_stdout x x
  timeout 20 "$MSCOMM" publish -q "$q-nowhere" x 2>&- || status=$?
  assert_status 1
}

# --- bytes ---------------------------------------------------------------------------------------

@test "names and properties of any bytes arrive as they are" {
  local odd=$'\xff\x01\e[31m\xc3' name=$'\x01\e[31mé' base64
  base64=$(printf %s "$odd" | base64)
  name=$q$name
  echo "$name" >>"$BATS_TEST_TMPDIR/queues"
  run_split mscomm publish -q "$name" --declare --message-id "$odd" --app-id "$odd" \
    --content-type "$odd" -H "$odd=$odd" "$odd"
  assert_status 0
  run_split mscomm consume "$name" -n 1 --format json
  assert_status 0
  jq -e --arg odd "$base64" --arg name "$name" '.queue == $name and .body_base64 == $odd and
    .properties.message_id_base64 == $odd and .properties.app_id_base64 == $odd and
    .properties.content_type_base64 == $odd and .properties.headers."$amqp" == "table" and
    .properties.headers.entries == [[{base64: $odd}, {"$amqp": "longstr", base64: $odd}]]' "$out"
  # RabbitMQ takes names of UTF-8 only. Nothing of them reaches a terminal as it is.
  run_split mscomm publish -q "$odd" --declare x
  assert_status 2
  run_split mscomm publish -q "$name-nowhere" x
  assert_status 1
  if grep -q $'\e' "$err"; then complain 'an escape sequence'; fi
}

@test "names over 255 bytes are refused before anything is sent" {
  local name255 name256
  name255=$(printf 'n%.0s' {1..255})
  name256=${name255}n
  run_split mscomm publish -q "$q" -H "$name256=x" y
  assert_status 2
  assert_stderr_has '256 bytes'
  assert_stderr_has 'hint: AMQP 0-9-1 allows 255'
  run_split mscomm publish -q "$q" -H "a:={\"$name256\":1}" y
  assert_status 2
  run_split mscomm publish -q "$q" --jsonl <<<"{\"body\":\"x\",\"properties\":{\"headers\":{\"$name256\":1}}}"
  assert_status 2
  run_split mscomm publish -q "$q" --message-id "$name256" y
  assert_status 2
  run_split mscomm publish -e amq.direct -r "$name256" y
  assert_status 2
  run_split mscomm consume "$name256"
  assert_status 2
  queue_holds "$q" 0
  run_split mscomm publish -q "$q" -H "$name255=x" -H "a:={\"$name255\":1}" --message-id "$name255" y
  assert_status 0
  run_split mscomm consume "$q" -n 1 --format json
  jq -e --arg name "$name255" '.properties.headers == {($name): "x", "a": {($name): 1}} and
    .properties.message_id == $name' "$out"
}

@test "tables nest 64 deep, there and back; deeper ones are refused by name" {
  local nested
  nested=$(printf '{"a":[%.0s' {1..32})1$(printf ']}%.0s' {1..32})
  run_split mscomm publish -q "$q" -H "deep:=$nested" x
  assert_status 0
  run_split mscomm consume "$q" -n 1 --format json
  assert_status 0
  assert_equal "$(jq -c .properties.headers.deep "$out")" "$nested"
  run_split mscomm publish -q "$q" -H "deep:=[$nested]" x
  assert_status 2
  assert_stderr_has 'deeper than 64 levels'
  nested=$(printf '[%.0s' {1..100000})
  run_split mscomm publish -q "$q" --jsonl <<<"{\"body\":\"x\",\"properties\":{\"headers\":{\"a\":$nested"
  assert_status 2
  # Other clients send them; that ends the run, and the message stays.
  amqp publish "$q" x -p "{\"headers\":{\"a\":$(printf '[%.0s' {1..150})1$(printf ']%.0s' {1..150})}}"
  amqp publish "$q" x -p "{\"headers\":{\"pad\":\"$(printf 'x%.0s' {1..2000})\",\"a\":$(printf '[%.0s' {1..150})1$(printf ']%.0s' {1..150})}}"
  for _ in 1 2; do
    run_split mscomm consume "$q" -n 1
    assert_status 1
    assert_stderr_has 'deeper than 64 levels'
    amqp get "$q" >/dev/null
  done
}

@test "headers that do not fit a frame are refused, and what came before is sent" {
  head -c 140000 /dev/zero | tr '\0' x >large
  jq -Rc '{body: "large", properties: {headers: {a: .}}}' large >record
  { echo '{"body":"small"}' && cat record; } >records
  run_split mscomm publish -q "$q" --jsonl <records
  assert_status 6
  assert_stderr_has 'do not fit a frame'
  assert_stderr_has '1 sent, 1 confirmed'
  run_split mscomm consume "$q" -n 1
  assert_stdout small
}

# --- sizes ---------------------------------------------------------------------------------------

@test "bodies around the multiples of a frame, there and back" {
  local frame size
  # What a frame holds: 8 bytes less than its size.
  for frame in 131064 4088; do
    local -a sizes=() arguments=()
    for size in 1 2 3; do
      sizes+=($((size * frame - 8)) $((size * frame - 7)) $((size * frame - 1)) $((size * frame)))
      sizes+=($((size * frame + 1)) $((size * frame + 7)) $((size * frame + 8)))
    done
    rm -rf bodies && mkdir bodies
    for size in "${sizes[@]}"; do
      head -c "$size" /dev/urandom >"bodies/$size"
      arguments+=(--file "bodies/$size")
    done
    run_split mscomm publish -u "$AMQP?frame_max=$((frame + 8))" -q "$q" "${arguments[@]}"
    assert_status 0
    for size in "${sizes[@]}"; do cat "bodies/$size"; done >whole
    for size in "${sizes[@]}"; do cat "bodies/$size" && echo; done >separate
    amqp drain "$q" --raw | cmp - separate
    amqp send "$q" "${sizes[@]/#/bodies/}"
    run_split mscomm consume -u "$AMQP?frame_max=$((frame + 8))" "$q" -n ${#sizes[@]} --delimiter ''
    assert_status 0
    assert_stdout_is whole
  done
}

@test "lines of 200 bytes to 100 MB, or the largest that the broker takes" {
  local size largest=100000000
  ((largest <= $(max_message_size))) || largest=$(max_message_size)
  for size in 200 4096 65536 1000000 10000000 "$largest"; do
    head -c "$size" /dev/zero | tr '\0' x
    echo
  done >lines
  run_split mscomm publish -q "$q" --lines <lines
  assert_status 0
  assert_stderr_has '6 sent, 6 confirmed'
  run_split mscomm consume "$q" -n 6
  assert_status 0
  assert_stdout_is lines
}

@test "1: a body that is too large for the broker" {
  # A file without blocks takes no room.
  truncate -s $(($(max_message_size) + 1)) huge
  run_split mscomm publish -q "$q" --file huge
  assert_status 1
  assert_stderr_has PRECONDITION_FAILED
  queue_holds "$q" 0
}
