#!/usr/bin/env bats
# publish --resume-file: a run that was cut goes on where it was.
#
# The moments of the kills are random; MSCOMM_TEST_SEED=N repeats them (as far as a machine does).
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load helper

setup() { setup_queue declared; }

bodies() { amqp drain "$q" | jq -r .body; }

resume_has() { # JQ-CONDITION
  jq -e "$1" resume >/dev/null || complain "not in the file: $1" "$(<resume)"
}

publish() { # ARGUMENTS...: --lines from the file 'input'
  run_split mscomm publish -q "$q" --lines --resume-file resume "$@" <input
}

# Reads 'input' and then waits for more, so that it can be cut at a known place.
start_endless() { # COUNT: that many are in the queue
  mkfifo endless
  start_process cut bash -c 'exec "$0" "$@" <endless' "$MSCOMM" publish -q "$q" --lines \
    --resume-file resume
  exec 8>endless
  cat input >&8
  await 20 queue_holds "$q" "$1"
}

@test "killed at random moments: nothing is missing, and twice is only what was in doubt" {
  local kills messages window=500 seed doubtful
  kills=$(rounds 5 50)
  messages=$(rounds 30000 200000)
  choose_seed
  seq "$messages" >input
  MSCOMM_TEST_TIMEOUT=$(rounds 60 600) run_split /usr/bin/python3 "$tests_root/support/resumes.py" \
    "$kills" "$seed" 0.2 "$window" resume input "$MSCOMM" publish -q "$q" --lines --resume-file resume --window "$window"
  assert_status 0
  cat "$out"
  doubtful=$(tail -n 1 "$out")
  resume_has ".complete and .confirmed == [[1,$messages]] and .failed == []"
  amqp drain "$q" >drained
  jq -r .body drained >found
  /usr/bin/python3 "$tests_root/support/counters.py" "$messages" input found --resent "$doubtful"
  # What is there twice has one message id.
  assert_equal "$(jq -r .properties.message_id drained | sort -u | wc -l)" "$messages"
}

@test "Ctrl-C: what is confirmed is kept, and the next run has the rest" {
  seq 10 >input
  start_endless 10
  stop_process cut INT
  assert_equal "$status" 130
  exec 8>&-
  resume_has '.confirmed == [[1,10]] and .sent_up_to == 10 and (.complete | not)'
  seq 15 >input
  publish
  assert_status 0
  assert_stderr_has 'publish: 5 sent, 5 confirmed, 10 confirmed before'
  run_split bodies
  assert_stdout {1..15}
}

@test "killed while the input pauses: what is confirmed is kept" {
  seq 10 >input
  start_endless 10
  await 10 jq -e '.confirmed == [[1,10]]' resume
  stop_process cut KILL
  exec 8>&-
  publish
  assert_status 0
  assert_stderr 'mscomm: publish: nothing to send: 10 messages were confirmed before'
  run_split bodies
  assert_stdout {1..10}
}

@test "a finished run is not repeated, and an input that grew goes on" {
  seq 3 >input
  publish
  assert_status 0
  assert_stderr_has 'publish: 3 sent, 3 confirmed'
  resume_has .complete
  publish
  assert_status 0
  assert_stderr 'mscomm: publish: nothing to send: 3 messages were confirmed before'
  seq 4 6 >>input
  publish
  assert_status 0
  assert_stderr_has 'publish: 3 sent, 3 confirmed, 3 confirmed before'
  # A pipe will do as well: what counts is what comes out of it.
  run_split mscomm publish -q "$q" --lines --resume-file resume < <(seq 7)
  assert_status 0
  assert_stderr 'mscomm: publish: 1 sent, 1 confirmed, 6 confirmed before'
  amqp drain "$q" >drained
  assert_equal "$(jq -r .body drained | xargs)" '1 2 3 4 5 6 7'
  assert_equal "$(jq -r '.properties.message_id | sub("^[0-9a-f]+-"; "")' drained | xargs)" '1 2 3 4 5 6 7'
  assert_equal "$(jq -r '.properties.message_id | sub("-.*"; "")' drained | sort -u | wc -l)" 1
}

@test "another input is refused, and nothing is sent" {
  seq 100 >input
  publish
  cp resume kept
  seq 50 >input
  publish
  assert_status 2
  assert_stderr_has "the input is not the one that 'resume' belongs to: it ended after 50 of the 100 messages that were read"
  assert_stderr_has 'hint: '
  seq 0 200 >input
  publish
  assert_status 2
  assert_stderr_has 'its first 100 messages differ'
  { seq 99 && printf 100; } >input # the last line grew after it was sent
  publish
  assert_status 0
  echo 1 >>input
  publish
  assert_status 2
  cmp resume kept
  queue_holds "$q" 100
}

@test "what another target or broker was sent is not confirmed here" {
  local other
  other=$(fresh_queue)
  amqp declare "$other"
  echo x >input
  publish
  run_split mscomm publish -q "$other" --lines --resume-file resume <input
  assert_status 2
  assert_stderr_has "belongs to messages for queue '$q', and these are for queue '$other'"
  run_split mscomm publish -e '' -r "$q" --lines --resume-file resume <input
  assert_status 0
  run_split mscomm publish -u amqp://127.0.0.1:1 -q "$q" --lines --resume-file resume <input
  assert_status 2
  assert_stderr_has "${AMQP##*@}, and these are for 127.0.0.1:1"
  run_split mscomm publish -u "amqp://127.0.0.1:1,$AMQP" -q "$q" --lines --resume-file resume <input
  assert_status 0
  assert_stderr_has 'nothing to send'
  queue_holds "$other" 0
}

@test "a run that sent nothing binds nothing" {
  echo x >input
  run_split mscomm publish -u amqp://127.0.0.1:1 -q wrong --lines --resume-file resume <input
  assert_status 3
  publish
  assert_status 0
  queue_holds "$q" 1
}

@test "what came back is sent again when its queue is there" {
  amqp delete "$q"
  seq 3 >input
  publish
  assert_status 1
  assert_stderr_has '3 sent, 0 confirmed, 3 returned'
  resume_has '.failed == [[1,3]] and .confirmed == [] and (.complete | not)'
  publish --declare
  assert_status 0
  assert_stderr_has '3 sent, 3 confirmed'
  assert_stderr_lacks twice
  resume_has '.complete and .failed == []'
  run_split bodies
  assert_stdout 1 2 3
}

@test "only what was refused in the middle is sent again" {
  jq -nc --arg q "$q" 'range(1;7) | {exchange: "", routing_key: (if . % 3 == 0 then "\($q)-none" else $q end), body: "\(.)"}' \
    >records
  echo "$q-none" >>"$BATS_TEST_TMPDIR/queues"
  run_split mscomm publish --jsonl --resume-file resume <records
  assert_status 6
  resume_has '.confirmed == [[1,2],[4,5]] and .failed == [[3,3],[6,6]]'
  amqp declare "$q-none"
  run_split mscomm publish --jsonl --resume-file resume --report - <records
  assert_status 0
  assert_stderr_has '2 sent, 2 confirmed, 4 confirmed before'
  assert_equal "$(jq -c .number "$out" | xargs)" '3 6'
  assert_equal "$(amqp drain "$q-none" | jq -r .body | xargs)" '3 6'
  assert_equal "$(bodies | xargs)" '1 2 4 5'
}

@test "after too many failures between others the next run goes on when their cause is mended" {
  jq -nc --arg q "$q" 'range(24000) | {exchange: "", routing_key: (if . % 2 == 0 then "\($q)-none" else $q end), body: "\(.)"}' \
    >records
  echo "$q-none" >>"$BATS_TEST_TMPDIR/queues"
  run_split mscomm publish --jsonl --resume-file resume <records
  assert_status 6
  assert_stderr_has 'more than 10000 messages between others failed: the rest is not sent'
  amqp declare "$q-none"
  run_split mscomm publish --jsonl --resume-file resume <records
  assert_status 0
  assert_stderr_lacks twice
  resume_has '.complete and .confirmed == [[1,24000]]'
  queue_holds "$q" 12000
  queue_holds "$q-none" 12000
}

@test "what failed and was not sent again when a run was cut has still failed" {
  amqp delete "$q"
  seq 3000 >input
  publish
  assert_status 1
  amqp declare "$q"
  start_process cut bash -c 'exec "$0" "$@" <input' "$MSCOMM" publish -q "$q" --lines \
    --resume-file resume --rate 1/h
  await 20 queue_holds "$q" 1
  stop_process cut INT
  resume_has '.confirmed == [[1,1]] and .failed == [[2,3000]]'
  publish
  assert_status 0
  assert_stderr_has '2999 sent, 2999 confirmed, 1 confirmed before'
  assert_stderr_lacks twice
}

@test "one run at a time" {
  seq 3 >input
  start_endless 3
  publish
  assert_status 2
  assert_stderr_has "another process uses 'resume'"
  assert_stderr_has 'hint: wait for its end'
  stop_process cut KILL
  exec 8>&-
  publish
  assert_status 0
}

@test "what is no resume file is refused before anything is sent" {
  seq 3 >input
  : >empty
  echo '{"resume":"publish","version":9}' >newer
  mkdir folder
  mkfifo pipe
  publish
  head -c 100 resume >torn
  sed 's/\[1,3\]/[1,4]/' resume >damaged
  cp input copy
  check_table <<ROWS
empty       | publish -q $q --resume-file empty --lines <input    | 2  | - | 'empty' is empty, so it is not known what was sent
other file  | publish -q $q --resume-file copy --lines <input     | 2  | - | 'copy' is not what --resume-file keeps
torn        | publish -q $q --resume-file torn --lines <input     | 2  | - | 'torn' is not what --resume-file keeps
damaged     | publish -q $q --resume-file damaged --lines <input  | 2  | - | 'damaged' is damaged
newer       | publish -q $q --resume-file newer --lines <input    | 2  | - | 'newer' is of another version of mscomm
folder      | publish -q $q --resume-file folder --lines <input   | 11 | - | cannot use 'folder': Is a directory
pipe        | publish -q $q --resume-file pipe --lines <input     | 2  | - | 'pipe' is not a regular file
no folder   | publish -q $q --resume-file no/file --lines <input  | 11 | - | cannot write 'no/file': No such file or directory
stdout      | publish -q $q --resume-file - --lines <input        | 2  | - | --resume-file: it must be a file
RPC         | publish -q $q --resume-file new --rpc x             | 2  | - | --rpc and --resume-file exclude each other
no confirms | publish -q $q --resume-file new --no-confirm x      | 2  | - | --resume-file and --no-confirm exclude each other
ROWS
  cmp input copy
  [ ! -e new ]
  queue_holds "$q" 3
}

@test "when the file cannot be written any more, the run ends and says so" {
  mkdir place
  mkfifo endless
  start_process cut bash -c 'exec "$0" "$@" <endless' "$MSCOMM" publish -q "$q" --lines \
    --resume-file place/resume --window 1
  exec 8>endless
  echo 1 >&8
  await 20 queue_holds "$q" 1
  await 10 jq -e '.confirmed == [[1,1]]' place/resume
  mv place gone
  echo 2 >&8
  echo 3 >&8
  await_process cut
  assert_equal "$status" 11
  exec 8>&-
  grep -F "cannot write 'place/resume': No such file or directory" "$cut_err"
  mv gone place
  run_split mscomm publish -q "$q" --lines --resume-file place/resume < <(seq 3)
  assert_status 0
  assert_equal "$(bodies | sort -u | xargs)" '1 2 3'
}

@test "a file that is a mount cannot be replaced, which is said before anything is sent" {
  seq 3 >input
  publish
  seq 5 >input
  mv resume kept
  touch resume
  mount --bind kept resume 2>/dev/null || skip 'needs the right to mount'
  publish
  umount resume
  assert_status 11
  assert_stderr_has "cannot write 'resume': Device or resource busy"
  assert_stderr_has 'hint: it is mounted by itself, so it cannot be replaced: mount its folder instead'
  queue_holds "$q" 3
}

@test "a run of root leaves the file to its owner" {
  setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null ||
    skip 'needs the right to become another user'
  seq 3 >input
  publish
  chown 65534:65534 resume
  chmod 640 resume
  seq 4 >input
  publish
  assert_status 0
  assert_equal "$(stat -c '%u:%g %a' resume)" '65534:65534 640'
}

@test "every way to give messages" {
  printf 'one' >a
  printf 'two' >b
  printf 'x\0y\0' >nulls
  head -c 3000000 /dev/urandom >large
  mscomm publish -q "$q" --quiet saved </dev/null
  mscomm consume "$q" -n 1 --save saved --quiet
  check_table <<ROWS
argument      | publish -q $q --resume-file r1 body                           | 0 | - | 1 sent, 1 confirmed
again         | publish -q $q --resume-file r1 body                           | 0 | - | =mscomm: publish: nothing to send: the message was confirmed before\n
other         | publish -q $q --resume-file r1 other                          | 2 | - | its first message differs
stdin         | publish -q $q --resume-file r2 <a                             | 0 | - | 1 sent
again         | publish -q $q --resume-file r2 <a                             | 0 | - | nothing to send
null          | publish -q $q --resume-file r3 --null <nulls                  | 0 | - | 2 sent
again         | publish -q $q --resume-file r3 --null <nulls                  | 0 | - | nothing to send
as one        | publish -q $q --resume-file r3 <nulls                         | 2 | - | the input is not the one
delimiter     | publish -q $q --resume-file r3 --delimiter '\0' <nulls        | 0 | - | nothing to send
files         | publish -q $q --resume-file r4 --file a --file b              | 0 | - | 2 sent
again         | publish -q $q --resume-file r4 --file a --file b --file large | 0 | - | 1 sent, 1 confirmed, 2 confirmed before
again         | publish -q $q --resume-file r4 --file a --file b --file large | 0 | - | nothing to send: 3
order         | publish -q $q --resume-file r4 --file b --file a --file large | 2 | - | the input is not the one
folder        | publish -q $q --resume-file r5 --dir saved                    | 0 | - | 1 sent
again         | publish -q $q --resume-file r5 --dir saved                    | 0 | - | nothing to send
count         | publish -q $q --resume-file r6 --count 5 x                    | 0 | - | 5 sent
more          | publish -q $q --resume-file r6 --count 7 x                    | 0 | - | 2 sent, 2 confirmed, 5 confirmed before
template      | publish -q $q --resume-file r7 --template --count 2 '{seq} {uuid}' | 0 | - | 2 sent
more          | publish -q $q --resume-file r7 --template --count 4 '{seq} {uuid}' | 0 | - | 2 sent, 2 confirmed, 2 confirmed before
rate          | publish -q $q --resume-file r8 --lines --rate 1000/s <a       | 0 | - | 1 sent
fanout        | fanout amq.fanout --resume-file r9 x                          | 0 | - | 1 sent
again         | fanout amq.fanout --resume-file r9 x                          | 0 | - | nothing to send
ROWS
  amqp drain "$q" | jq -r 'select(.body // "" | test("^[0-9] ")) | .body[:1]' | xargs >seqs
  assert_equal "$(<seqs)" '1 2 3 4'
}

@test "a large file that changed is another input" {
  head -c 12000000 /dev/zero >large
  run_split mscomm publish -q "$q" --file large --resume-file resume
  assert_status 0
  run_split mscomm publish -q "$q" --file large --resume-file resume
  assert_status 0
  assert_stderr_has 'nothing to send'
  printf x | dd of=large bs=1 seek=11000000 conv=notrunc status=none
  run_split mscomm publish -q "$q" --file large --resume-file resume
  assert_status 2
  assert_stderr_has 'its first message differs'
}
