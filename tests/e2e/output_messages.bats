#!/usr/bin/env bats
# What consume and fanout --listen do with a file or folder that already holds something.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load helper

setup() { setup_queue declared; }

contents_are() { # FILE LINE...
  printf '%s\n' "${@:2}" | cmp - "$1" >&2 || complain "$1 does not hold what it should"
}

# A call that must be refused before it takes anything, or even connects.
assert_refused() { # TEXT
  assert_status 2
  assert_stdout
  assert_stderr_has "$1"
}

@test "a file that holds something is refused, before anything is taken" {
  amqp fill "$q" 2
  echo yesterday >taken
  touch -d 2001-01-01 taken
  local before options
  before=$(stat -c '%i %Y %s' taken)
  for options in '' '--format json' '--jq .' '--peek' '--exec cat' '-n 1 --null'; do
    # shellcheck disable=SC2086  # words
    run_split mscomm consume "$q" --until-empty -o taken $options
    assert_refused "'taken' holds something already: nothing was taken"
    assert_stderr_has 'hint: --append adds to its end, --force replaces it'
  done
  contents_are taken yesterday
  assert_equal "$(stat -c '%i %Y %s' taken)" "$before"
  queue_holds "$q" 2
  run_split mscomm consume -u amqp://127.0.0.1:1 "$q" -n 1 -o taken
  assert_refused 'holds something already' # and not that the broker is unreachable
  ln -s taken link
  run_split mscomm consume "$q" -n 1 -o link
  assert_refused "'link' holds something already"
  run_split mscomm fanout "$q-x" --listen -n 1 -o taken
  assert_refused "'taken' holds something already"
}

@test "when nothing came the file is there and empty, so that publishing it sends nothing" {
  run_split mscomm consume "$q" --until-empty --format json -o fresh.jsonl
  assert_status 8
  [ -f fresh.jsonl ]
  [ ! -s fresh.jsonl ]
  echo yesterday >taken
  run_split mscomm consume "$q" --until-empty -o taken --force
  assert_status 8
  [ ! -s taken ] || complain 'the lines of yesterday are still there'
  run_split mscomm publish -q "$q" --lines <taken
  queue_holds "$q" 0
  # An empty file holds nothing that could be lost.
  amqp fill "$q" 1
  run_split mscomm consume "$q" -n 1 -o taken
  assert_status 0
  contents_are taken 1
}

@test "--force replaces, and only once broker and queue are there" {
  amqp fill "$q" 2
  printf 'a longer line of yesterday\nand another\n' >taken
  chmod 640 taken
  run_split mscomm consume -u amqp://127.0.0.1:1 "$q" -n 1 -o taken --force
  assert_status 3
  contents_are taken 'a longer line of yesterday' 'and another'
  run_split mscomm consume "$q-missing" -n 1 -o taken --force
  assert_status 1
  contents_are taken 'a longer line of yesterday' 'and another'
  run_split mscomm consume "$q" -n 1 -o taken --force --exec cat --park "$q-missing"
  assert_status 1
  contents_are taken 'a longer line of yesterday' 'and another'
  run_split mscomm consume "$q" -n 1 -o taken --force
  assert_status 0
  contents_are taken 1
  run_split mscomm consume "$q" -n 1 -o taken --force --exec 'sed s/^/x/; echo'
  assert_status 0
  contents_are taken x2
  assert_equal "$(stat -c %a taken)" 640
}

@test "--force replaces nothing for somebody who may not read the queue" {
  local user=t-writer-$RANDOM
  amqp fill "$q" 1
  echo yesterday >taken
  broker_ctl -q add_user "$user" secret
  broker_ctl -q set_permissions "$user" '.*' '.*' '^$'
  run_split mscomm consume -u "amqp://$user:secret@${AMQP##*@}" "$q" -n 1 -o taken --force
  broker_ctl -q delete_user "$user"
  assert_status 4
  contents_are taken yesterday
}

@test "--append adds to the end" {
  amqp fill "$q" 3
  run_split mscomm consume "$q" -n 1 -o taken --append # also where there is no file yet
  assert_status 0
  run_split mscomm consume "$q" -n 1 -o taken --append
  assert_status 0
  run_split mscomm consume "$q" --until-empty -o taken --append --exec 'sed s/^/x/; echo'
  assert_status 0
  contents_are taken 1 2 x3
  run_split mscomm consume "$q" --until-empty -o taken --append
  assert_status 8
  contents_are taken 1 2 x3
}

@test "--append does not go on in the middle of a record" {
  local options
  amqp fill "$q" 1
  printf '{"body":"whole"}\n{"body":"ha' >taken
  for options in '--format json' '' '--jq .' '--format {body}\n' '--null' '--delimiter \n--\n'; do
    # shellcheck disable=SC2086  # words
    run_split mscomm consume "$q" --until-empty -o taken --append $options
    assert_refused "'taken' does not end where a record ends: nothing was taken"
    assert_stderr_has 'hint: '
  done
  assert_equal "$(tail -n 1 taken)" '{"body":"ha'
  queue_holds "$q" 1
  # Where it is not known how a record ends, or nothing ends it, there is nothing to look for.
  run_split mscomm consume "$q" --peek -o taken --append --delimiter ''
  assert_status 0
  run_split mscomm consume "$q" --peek -o taken --append --format '{body}'
  assert_status 0
  run_split mscomm consume "$q" -n 1 -o taken --append --exec cat
  assert_status 0
  assert_equal "$(tail -n 1 taken)" '{"body":"ha111'
}

@test "--append knows other ends of a record" {
  amqp fill "$q" 2
  printf 'a\0' >nulls
  printf 'a--' >dashes
  run_split mscomm consume "$q" -n 1 -o nulls --append --null
  assert_status 0
  run_split mscomm consume "$q" -n 1 -o dashes --append --delimiter --
  assert_status 0
  printf 'a\0001\0' | cmp - nulls
  printf 'a--2--' | cmp - dashes
}

@test "what is no regular file is just written" {
  local name
  amqp fill "$q" 4
  echo before >all
  # The shell opened it, to add to it: neither refused nor emptied.
  "$MSCOMM" consume "$q" -n 1 -o /dev/stdout >>all
  contents_are all before 1
  for name in /dev/fd/5 /proc/self/fd/5; do
    "$MSCOMM" consume "$q" -n 1 -o "$name" 5>>all
  done
  contents_are all before 1 2 3
  run_split mscomm consume "$q" --peek -o /dev/null
  assert_status 0
  run_split mscomm consume "$q" --peek -o /dev/full
  assert_status 11
  mkfifo pipe
  start_process reader cat pipe
  run_split mscomm consume "$q" -n 1 -o pipe
  assert_status 0
  await_process reader
  contents_are "$reader_out" 4
  run_split mscomm consume "$q" -n 1 -o .
  assert_status 11
}

@test "what was acknowledged is in the file when the run is killed" {
  amqp fill "$q" 3
  start_process consumer mscomm consume "$q" -o taken
  await 10 queue_holds "$q" 0
  await 10 test -s taken
  await 10 grep -qx 3 taken
  stop_process consumer KILL
  contents_are taken 1 2 3
  run_split mscomm consume "$q" --until-empty -o taken
  assert_refused 'holds something already'
}

@test "two runs do not write to one file" {
  start_process consumer mscomm consume "$q" -o taken
  await 10 queue_has_consumers "$q" 1
  local option
  for option in --quiet --force --append; do
    run_split mscomm consume "$q" --until-empty -o taken $option
    assert_refused "another process writes to 'taken'"
  done
  stop_process consumer INT
  run_split mscomm consume "$q" --until-empty -o taken
  assert_status 8
}

@test "--append and --force exclude each other, and --append needs a place" {
  run_split mscomm consume -u amqp://127.0.0.1:1 q -o f --append --force
  assert_refused '--append and --force exclude each other'
  run_split mscomm consume -u amqp://127.0.0.1:1 q --append
  assert_refused '--append needs --out or --save'
  run_split mscomm fanout -u amqp://127.0.0.1:1 x --append -o f body
  assert_refused 'needs --listen'
}

@test "--save into a folder that holds messages is refused, unless it is to add to them" {
  amqp fill "$q" 4
  mkdir messages
  : >messages/README # no message
  mscomm consume "$q" -n 1 --save messages
  run_split mscomm consume "$q" -n 1 --save messages
  assert_refused "the folder 'messages' holds messages already: nothing was taken"
  assert_stderr_has 'hint: --append adds to them'
  queue_holds "$q" 3
  mscomm consume "$q" -n 1 --save messages --append
  mscomm consume "$q" -n 1 --save fresh --append
  assert_equal "$(cat messages/*.body fresh/*.body)" 123
  # A message that is not there by half is one, too.
  mkdir half
  : >half/000000001.json.part
  run_split mscomm consume "$q" -n 1 --save half
  assert_refused 'holds messages already'
}

# README and mscomm(1): a second run must not send again what the first one sent.
@test "the recipes that go by way of a file or a folder send each message once" {
  local to recipe round
  to=$(fresh_queue)
  amqp declare "$to"
  cat >recipe <<'SH'
set -o pipefail
mscomm() { "$MSCOMM" "$@"; }
mscomm consume "$q" --until-empty --format json -o moved.jsonl &&
  mscomm publish -q "$to" --jsonl <moved.jsonl && rm moved.jsonl
SH
  cat >folders <<'SH'
mscomm() { "$MSCOMM" "$@"; }
mscomm consume "$q" --until-empty --save moved.d &&
  mscomm publish --dir moved.d -q "$to" && rm -r moved.d
SH
  export MSCOMM q to
  for recipe in recipe folders; do
    for round in 1 2; do
      amqp publish "$q" "$recipe $round"
      run_split bash "$recipe"
      assert_status 0
      run_split bash "$recipe" # nothing came
      assert_status 8
    done
  done
  amqp drain "$to" --raw >sent
  contents_are sent 'recipe 1' 'recipe 2' 'folders 1' 'folders 2'
  # The last run could not send: what it took is still there, and no later run mixes with it.
  amqp publish "$q" stranded
  run_split env to="$to-gone" bash recipe
  assert_status 1
  amqp publish "$q" next
  run_split bash recipe
  assert_refused "'moved.jsonl' holds something already"
  queue_holds "$q" 1
  queue_holds "$to" 0
}
