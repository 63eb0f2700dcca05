#!/usr/bin/env bats
# consume --jq against jq itself.
#
# shellcheck disable=SC2016  # what stands in single quotes is for jq

load helper

setup() { setup_queue; }

filled_with() { # BODY...
  local body
  amqp declare "$q"
  for body; do
    amqp publish "$q" "$body"
  done
}

@test "--jq prints what 'jq -rc' prints, each body on its own" {
  local program
  local -a bodies=('{"id":1,"event":"order.created","lines":[{"sku":"tea","n":2},{"sku":"mug","n":1}]}'
    '[]' 'null' '"Grüße\n\u0000\t\"x\""' '12.50' '{"id":{"deep":[1,[2,{"a":null}]]},"lines":[]}' '1 2')
  filled_with "${bodies[@]}"
  for program in . '.. | scalars' '.id? // "none"' 'try .lines[].sku catch "none"' 'empty' '@json, @text' 'tojson|@base64' \
    'if type == "object" then keys[] else type end' \
    'try error("caught") catch .' '[limit(3; repeat(1))]' '$__loc__' '"é" | @uri'; do
    run_split mscomm consume "$q" --peek --jq "$program"
    assert_status 0
    printf '%s\n' "${bodies[@]}" | jq -rc "$program" >expected
    assert_stdout_is expected
    await 10 queue_holds "$q" ${#bodies[@]}
  done
}

@test "an expression that asks for more input, or halts, ends with its body" {
  local program body
  local -a bodies=('[1,2]' '"last"')
  filled_with "${bodies[@]}"
  for program in '[inputs], length' 'halt, 1'; do
    run_split mscomm consume "$q" --peek --jq "$program"
    assert_status 0
    for body in "${bodies[@]}"; do
      jq -rc "$program" <<<"$body"
    done >expected
    assert_stdout_is expected
    await 10 queue_holds "$q" ${#bodies[@]}
  done
}

@test "a body without results is taken all the same" {
  filled_with '{"id":1}' '{"id":2}' '{"id":3}'
  run_split mscomm consume "$q" --until-empty --jq 'select(.id == 2).id' -v
  assert_status 0
  assert_stdout 2
  assert_stderr_has '3 taken, 3 acknowledged'
  queue_holds "$q" 0
}

@test "results go to a file with -o" {
  filled_with '{"id":1}' '{"id":2}'
  run_split mscomm consume "$q" -n 2 --jq .id -o ids
  assert_status 0
  assert_stdout
  printf '1\n2\n' | cmp - ids
}

@test "a body that is not JSON is an error that names the message, and stays in the queue" {
  amqp declare "$q"
  amqp publish "$q" 'Hello World!' -p '{"message_id":"m-7"}'
  run_split mscomm consume "$q" --until-empty --jq .
  assert_status 1
  assert_stdout
  assert_stderr_has "message 1 of queue '$q' (id 'm-7'): --jq: this is not JSON: Invalid numeric literal"
  assert_stderr_has 'hint: it is not acknowledged'
  await 10 is_back 'Hello World!'
}

@test "so does a body for which the expression fails, also when it is empty or not UTF-8" {
  local body
  amqp declare "$q"
  for body in '{"a":1}' '' $'"\xff"'; do
    amqp publish "$q" "$body"
    run_split mscomm consume "$q" -n 1 --jq '.[0], .'
    assert_status 1
    assert_stdout
    assert_stderr_has "message 1 of queue '$q': --jq: "
    await 10 is_back "$body"
    amqp purge "$q"
  done
}

@test "what came before such a message is written and taken" {
  filled_with '{"id":1}' '{"id":2}' 'Hello World!' '{"id":4}'
  run_split mscomm consume "$q" --until-empty --jq .id -v
  assert_status 1
  assert_stdout 1 2
  assert_stderr_has "message 3 of queue '$q': --jq: this is not JSON"
  assert_stderr_has '2 taken, 2 acknowledged'
  await 10 queue_holds "$q" 2
  amqp drain "$q" --raw | cmp - <(printf 'Hello World!\n{"id":4}\n')
}

@test "with --ack auto such a message is gone, and the error says so" {
  filled_with x
  run_split mscomm consume "$q" -n 1 --jq . --ack auto
  assert_status 1
  assert_stderr_has 'hint: it is lost: --ack auto acknowledged it on receipt'
}

@test "a wrong expression, or one that contradicts other options, is found before connecting" {
  run_split mscomm consume -u amqp://127.0.0.1:1 q --jq '.a['
  assert_status 2
  assert_stderr_has 'consume: --jq: syntax error, unexpected $end'
  run_split mscomm consume -u amqp://127.0.0.1:1 q --jq . --format json
  assert_status 2
  assert_stderr_has '--jq and --format json exclude each other'
  run_split mscomm consume -u amqp://127.0.0.1:1 q --jq . --null
  assert_status 2
  run_split mscomm consume -u amqp://127.0.0.1:1 q --jq . --delimiter ';'
  assert_status 2
  assert_stderr_has '--jq and --delimiter exclude each other'
  run_split mscomm fanout -u amqp://127.0.0.1:1 x event --jq .
  assert_status 2
  assert_stderr_has '--jq needs --listen'
}

@test "fanout --listen --jq works on events" {
  local x=$q-x
  start_process listener mscomm fanout "$x" --listen -n 2 --jq '"\(.id): \(.what)"'
  await 10 mscomm fanout "$x" --require-subscribers '{"id":1,"what":"created"}'
  mscomm fanout "$x" --require-subscribers '{"id":2,"what":"paid"}'
  await_process listener
  amqp delete-exchange "$x"
  assert_equal "$status" 0
  assert_equal "$(<"$listener_out")" $'1: created\n2: paid'
}

@test "what results hold cannot drive a terminal" {
  filled_with '"\u001b[31mred"'
  MSCOMM=$MSCOMM q=$q run_split script -qfec '"$MSCOMM" consume "$q" -n 1 --jq .' typescript </dev/null
  assert_status 0
  grep -qF '\x1b[31mred' typescript || complain "$(cat -v typescript)"
}

@test "libjq is loaded for an expression only, and its absence is said" {
  filled_with 1 2
  mkdir lib
  : >lib/libjq.so.1
  LD_LIBRARY_PATH=$PWD/lib run_split mscomm consume "$q" -n 1
  assert_status 0
  assert_stdout 1
  LD_LIBRARY_PATH=$PWD/lib run_split mscomm consume "$q" -n 1 --jq .
  assert_status 2
  assert_stderr_has 'cannot load libjq, which evaluates expressions'
  assert_stderr_has 'hint: install libjq: apt-get install libjq1'
  queue_holds "$q" 1
}
