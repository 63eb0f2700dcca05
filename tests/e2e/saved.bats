#!/usr/bin/env bats
# consume --save and publish --dir
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load helper

setup() { setup_queue declared; }

teardown() {
  [ ! -e full ] || umount full
  teardown_test
}

lossless() { /usr/bin/python3 "$tests_root/support/lossless.py" "$@"; }

@test "what consume saves, publish sends as it was" {
  local q2 count=2000
  choose_seed
  q2=$(fresh_queue)
  amqp declare "$q2"
  lossless send "$q" "$seed" $count
  run_split mscomm consume "$q" --until-empty --save messages
  assert_status 0
  assert_stdout
  assert_stderr
  assert_equal "$(find messages -type f | wc -l)" $((2 * count))
  run_split mscomm publish --dir messages -q "$q2"
  assert_status 0
  assert_stderr_has "$count sent, $count confirmed"
  lossless check "$q2" "$seed" $count
}

@test "a message is two files: its body and its record" {
  amqp publish "$q" $'h\xc3\xa9\n' -p '{"message_id":"order-17","headers":{"n":1}}'
  run_split mscomm consume "$q" -n 1 --save deep/messages
  assert_status 0
  assert_equal "$(ls deep/messages)" $'000000001-order-17.body\n000000001-order-17.json'
  printf 'h\xc3\xa9\n' | cmp - deep/messages/*.body
  jq -e --arg q "$q" '.routing_key == $q and .properties.headers == {"n":1} and (has("body") | not)' \
    deep/messages/*.json >/dev/null
  queue_holds "$q" 0
}

@test "a message goes back to where it came from, unless another target is given" {
  local q2
  q2=$(fresh_queue)
  amqp declare "$q2"
  amqp publish "$q" hello
  mscomm consume "$q" -n 1 --save messages
  run_split mscomm publish --dir messages
  assert_status 0
  assert_equal "$(amqp get "$q" --raw)" hello
  run_split mscomm publish --dir messages -q "$q2"
  assert_status 0
  assert_equal "$(amqp get "$q2" --raw)" hello
}

@test "no message id leads out of the folder" {
  local id
  mkdir inside
  for id in '../../etc/passwd' '/etc/passwd' '..' '.' '-rf' 'a\nb' '\u0000' '' "$(printf 'x%.0s' {1..255})"; do
    amqp publish "$q" body -p "{\"message_id\":\"$id\"}"
  done
  run_split bash -c 'cd inside && exec "$@"' - "$MSCOMM" consume "$q" --until-empty --save messages
  assert_status 0
  assert_equal "$(find . -newer inside -type f ! -path './inside/messages/*' ! -name 'std*')" ''
  assert_equal "$(find inside -type f | wc -l)" 18
  assert_equal "$(find inside -type f | grep -vcE '^inside/messages/[0-9]{9}(-[A-Za-z0-9_-]+)?\.(body|json)$')" 0
  [ -e inside/messages/000000001-etc_passwd.body ]
  run_split mscomm publish --dir inside/messages
  assert_status 0
  assert_equal "$(amqp get "$q" | jq -r .properties.message_id)" '../../etc/passwd'
}

@test "numbers go on, and no file is replaced" {
  amqp fill "$q" 12
  mscomm consume "$q" -n 5 --save messages
  mscomm consume "$q" -n 3 --save messages --append
  : >messages/000000020.body
  mscomm consume "$q" --until-empty --save messages --append
  assert_equal "$(basename -a messages/*.json | tr '\n' ' ')" \
    "$(printf '%09d.json ' {1..8} {21..24})"
  run_split mscomm publish --dir messages
  assert_status 0
  amqp drain "$q" --raw | cmp - <(seq 12)
}

@test "--peek saves a copy and takes nothing" {
  amqp fill "$q" 3
  run_split mscomm consume "$q" --peek --save messages
  assert_status 0
  await 10 queue_holds "$q" 3
  cat messages/*.body | tr -d '\n' >bodies
  assert_equal "$(<bodies)" 123
}

@test "--decompress saves what the bodies were" {
  printf 'Hello World!' | gzip | amqp publish "$q" -p '{"content_encoding":"gzip"}'
  mscomm consume "$q" -n 1 --save messages --decompress
  assert_equal "$(cat messages/*.body)" 'Hello World!'
  jq -e '.properties | has("content_encoding") | not' messages/*.json >/dev/null
}

@test "where a file cannot be written whole, its message stays in the queue" {
  amqp publish "$q" small
  head -c 200000 /dev/zero | amqp publish "$q"
  # The largest file that may be written, in KiB.
  run_split bash -c 'trap "" XFSZ; ulimit -f 100; exec "$@"' - "$MSCOMM" consume "$q" --until-empty --save messages
  assert_status 11
  assert_stderr_has "message 2 of queue '$q': cannot write 'messages/000000002.body': File too large"
  assert_equal "$(ls messages)" $'000000001.body\n000000001.json'
  await 10 queue_holds "$q" 1
  assert_equal "$(amqp get "$q" --raw | wc -c)" 200000
}

@test "on a full disk no message is lost, and none is there by half" {
  local saved
  mkdir full
  mount -t tmpfs -o size=200k none full 2>/dev/null || {
    rmdir full
    skip 'needs the right to mount'
  }
  amqp fill "$q" 100 --size 5000
  run_split mscomm consume "$q" --until-empty --save full
  assert_status 11
  assert_stderr_has 'No space left on device'
  saved=$(find full -name '*.json' | wc -l)
  ((saved > 5 && saved < 100)) || complain "$saved messages were saved"
  assert_equal "$(find full -type f | wc -l)" $((2 * saved))
  await 10 queue_holds "$q" $((100 - saved))
  run_split mscomm publish --dir full
  assert_status 0
  queue_holds "$q" 100
}

@test "a consumer that is killed leaves only whole messages, and all others in the queue" {
  amqp fill "$q" 3000
  start_process consumer mscomm consume "$q" --save messages
  await 10 test -e messages/000000100.json
  stop_process consumer KILL
  await 10 queue_has_consumers "$q" 0
  mscomm consume "$q" --until-empty --save rest
  # A message may be there twice, but none is missing.
  run_split mscomm publish --dir messages -q "$q"
  assert_status 0
  run_split mscomm publish --dir rest -q "$q"
  assert_status 0
  amqp drain "$q" --raw | sort -nu | cmp - <(seq 3000)
}

@test "foreign files are passed over, broken messages are found before anything is sent" {
  amqp fill "$q" 2
  mscomm consume "$q" --until-empty --save messages
  touch messages/{README,package.json,000000003.body,000000004.json.part}
  run_split mscomm publish --dir messages
  assert_status 0
  assert_stderr_has '2 sent, 2 confirmed'
  amqp purge "$q"
  rm messages/000000002.body
  run_split mscomm publish --dir messages
  assert_status 11
  assert_stderr_has "cannot read 'messages/000000002.body': No such file or directory"
  assert_stderr_has 'hint: a message is two files, its record and its body'
  : >messages/000000002.body
  echo '{"exchang":""}' >messages/000000002.json
  run_split mscomm publish --dir messages
  assert_status 2
  assert_stderr_has "'messages/000000002.json': unknown member 'exchang'"
  queue_holds "$q" 0
}

@test "a body of many megabytes goes both ways" {
  head -c 16000000 /dev/urandom >big
  amqp publish "$q" <big
  mscomm consume "$q" -n 1 --save messages
  cmp big messages/*.body
  run_split mscomm publish --dir messages
  assert_status 0
  amqp get "$q" --raw | cmp - big
}

@test "what cannot be is said before connecting" {
  local option
  : >file
  for option in '--jq .' '--format json' '--null' '--delimiter ;' '-o out'; do
    # shellcheck disable=SC2086  # two words
    run_split mscomm consume -u amqp://127.0.0.1:1 q --save messages $option
    assert_status 2
    assert_stderr_has 'it writes whole messages into files and prints nothing'
  done
  [ ! -e messages ]
  run_split mscomm consume -u amqp://127.0.0.1:1 q --save file/below
  assert_status 11
  assert_stderr_has "cannot make the folder 'file/below': Not a directory"
  run_split mscomm publish -u amqp://127.0.0.1:1 --dir nowhere
  assert_status 11
  assert_stderr_has "cannot open the folder 'nowhere': No such file or directory"
  run_split mscomm publish -u amqp://127.0.0.1:1 -q q --dir . body
  assert_status 2
  assert_stderr_has '--dir and BODY exclude each other'
  run_split mscomm publish -u amqp://127.0.0.1:1 -q q --dir . --count 3
  assert_status 2
  run_split mscomm publish -u amqp://127.0.0.1:1 -q q --dir . --template
  assert_status 2
}

@test "two processes do not save into one folder" {
  start_process consumer mscomm consume "$q" --save messages
  await 10 queue_has_consumers "$q" 1
  run_split mscomm consume "$q" --until-empty --save messages
  assert_status 2
  assert_stderr_has "another process saves into the folder 'messages'"
  stop_process consumer INT
  run_split mscomm consume "$q" --until-empty --save messages
  assert_status 8
}

@test "fanout saves what it hears, and emits what is saved" {
  local x=$q-x
  start_process listener mscomm fanout "$x" --listen -n 2 --save events
  await 10 mscomm fanout "$x" --require-subscribers one
  mscomm fanout "$x" --require-subscribers two
  await_process listener
  assert_equal "$status" 0
  start_process again mscomm fanout "$x" --listen -n 2 -v
  await 10 grep -q 'listening to' "$again_err"
  run_split mscomm fanout "$x" --require-subscribers --dir events
  assert_status 0
  await_process again
  amqp delete-exchange "$x"
  assert_equal "$(<"$again_out")" $'one\ntwo'
  run_split mscomm fanout "$x" --save events event
  assert_status 2
  run_split mscomm fanout "$x" --listen --dir events
  assert_status 2
}
