#!/usr/bin/env bats
# consume --decompress

load helper

setup() { setup_queue declared; }

deflate() { # WINDOW-BITS: 15 is zlib, -15 bare deflate
  /usr/bin/python3 -c 'import sys, zlib
c = zlib.compressobj(wbits=int(sys.argv[1]))
sys.stdout.buffer.write(c.compress(sys.stdin.buffer.read()) + c.flush())' "$1"
}

publish_as() { # ENCODING, body from stdin
  amqp publish "$q" -p "{\"content_encoding\":\"$1\",\"message_id\":\"m\"}"
}

@test "bodies are what they were before, whatever they were compressed with" {
  head -c 300000 /dev/urandom >big
  gzip <big | publish_as gzip
  printf 'two' | deflate 15 | publish_as deflate
  printf 'three' | deflate -15 | publish_as deflate
  printf 'four' | publish_as identity
  printf 'five' | publish_as utf-8
  amqp publish "$q" six
  run_split mscomm consume "$q" --until-empty --decompress
  assert_status 0
  {
    cat big
    printf '\ntwo\nthree\nfour\nfive\nsix\n'
  } >expected
  assert_stdout_is expected
}

@test "without it bodies stay as they came" {
  printf 'x' | gzip -n >zipped
  publish_as gzip <zipped
  run_split mscomm consume "$q" -n 1 --delimiter ''
  assert_stdout_is zipped
}

@test "a record tells the body that it has, and is published again as that" {
  printf 'Hello World!' | gzip | publish_as 'gzip, UTF-8'
  run_split mscomm consume "$q" --peek --decompress --format '{body_bytes} {content_encoding} {body}\n'
  assert_stdout '12 UTF-8 Hello World!'
  printf 'Hello again!' | gzip | publish_as gzip
  mscomm consume "$q" -n 2 --decompress --format json | mscomm publish -q "$q" --jsonl
  assert_equal "$(amqp get "$q" | jq -c '[.body, .properties.content_encoding, .properties.message_id]')" \
    '["Hello World!","UTF-8","m"]'
  assert_equal "$(amqp get "$q" | jq -c '[.body, .properties.content_encoding, .properties.message_id]')" \
    '["Hello again!",null,"m"]'
}

@test "--jq is given the body that it was" {
  printf '{"id":7}' | gzip | publish_as gzip
  run_split mscomm consume "$q" -n 1 --decompress --jq .id
  assert_status 0
  assert_stdout 7
}

@test "--to sends copies that are decompressed" {
  local to options
  to=$(fresh_queue)
  amqp declare "$to"
  for options in '' "--filter .json.id==7"; do
    printf '{"id":7}' | gzip | publish_as 'gzip, UTF-8'
    # shellcheck disable=SC2086  # words
    run_split mscomm consume "$q" --to "$to" --until-empty --decompress $options
    assert_status 0
    assert_equal "$(amqp get "$to" | jq -c '[.body, .properties.content_encoding, .properties.message_id]')" \
      '["{\"id\":7}","UTF-8","m"]'
  done
  printf 'no gzip' | publish_as gzip
  run_split mscomm consume "$q" --to "$to" --until-empty --decompress
  assert_status 1
  assert_stderr_has 'the body cannot be decompressed'
  queue_holds "$to" 0
  await 10 queue_holds "$q" 1
}

@test "a body that is broken, cut short or of another encoding is an error and stays" {
  local body encoding message
  printf 'Hello World!' | gzip >whole
  head -c 20 whole >short
  while read -r body encoding message; do
    publish_as "$encoding" <"$body"
    run_split mscomm consume "$q" --until-empty --decompress
    assert_status 1
    assert_stdout
    assert_stderr_has "message 1 of queue '$q' (id 'm'): $message"
    await 10 queue_holds "$q" 1
    amqp get "$q" --raw | cmp - "$body"
  done <<'CASES'
short gzip the body cannot be decompressed: it is cut short
whole deflate the body cannot be decompressed: invalid
whole br the body's encoding 'br' is none of gzip, deflate and identity
CASES
}

@test "fanout --listen takes it too, and without --listen it has no meaning" {
  local x=$q-x
  start_process listener mscomm fanout "$x" --listen -n 1 --decompress
  printf 'event' | gzip >zipped
  send() { mscomm fanout "$x" --require-subscribers --content-encoding gzip --file zipped; }
  await 10 send
  await_process listener
  amqp delete-exchange "$x"
  assert_equal "$status" 0
  assert_equal "$(<"$listener_out")" event
  run_split mscomm fanout "$x" --decompress event
  assert_status 2
}
