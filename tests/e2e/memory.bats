#!/usr/bin/env bats
# Memory does not grow with the number of messages.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load helper

setup() {
  setup_queue
  count=300000
  limit_kib=20480
  # A sanitizer's shadow memory and quarantine are its own: only the messages are counted then.
  if grep -qa __asan_init "$MSCOMM"; then
    count=20000
    limit_kib=
  fi
}

measured() { # NAME COMMAND...
  /usr/bin/python3 "$tests_root/support/measure.py" "$@"
}

under_limit() { # NAME
  grep -qx 'exit 0' "$1" || complain "$1: $(<"$1")"
  [ -z "$limit_kib" ] || [ "$(sed -n 's/^rss_kib //p' "$1")" -lt "$limit_kib" ] ||
    complain "$1 took more than $limit_kib KiB: $(<"$1")"
}

@test "300 000 lines through pipes: confirmed, acknowledged, each process in 20 MiB" {
  amqp declare "$q"
  (measured consume "$MSCOMM" consume "$q" -n "$count" --idle 30s | cmp - <(seq "$count")) 3>&- &
  seq "$count" | measured publish "$MSCOMM" publish -q "$q" --transient --lines 2>"$err"
  assert_stderr_has "$count sent, $count confirmed"
  wait $!
  under_limit publish
  under_limit consume
  queue_holds "$q" 0
}

@test "a reader that is slow slows the consumer, not its memory" {
  head -c 100000 /dev/zero | tr '\0' x >body
  for _ in {1..5}; do mscomm publish -q "$q" --declare --file body --file body --file body \
    --file body 2>"$err"; done
  seq 20000 | mscomm publish -q "$q" --lines 2>"$err"
  mkfifo pipe
  exec 8<>pipe
  start_process slow bash -c 'exec "$0" "$@" >pipe' /usr/bin/python3 "$tests_root/support/measure.py" \
    report "$MSCOMM" consume "$q" -n 20020
  read -r -t 20 -N 1 -u 8 first
  assert_equal "$first" x
  # Only now is it read: the consumer has been waiting in the middle of the first body.
  start_process reader bash -c 'exec head -n 20020 <pipe'
  await_process slow
  exec 8>&-
  await_process reader
  under_limit report
  tail -n 20000 "$reader_out" | cmp - <(seq 20000)
}

@test "input that nobody confirms is not read ahead" {
  amqp declare "$q"
  start_raw silent hang
  yes 'a line that is repeated' | measured report "$MSCOMM" publish -u "amqp://$silent" -q "$q" --lines \
    --timeout 500ms 2>"$err" || true
  grep -qx 'exit 5' report
  [ -z "$limit_kib" ] || [ "$(sed -n 's/^rss_kib //p' report)" -lt "$limit_kib" ]
}

@test "a body of 100 MB, or the largest, there and back, to a file, a pipe and a folder, in 20 MiB" {
  local -A ways=([file]='-o file --null' [pipe]=--null [folder]='--save folder')
  local way size=100000000
  ((size <= $(max_message_size))) || size=$(max_message_size)
  head -c "$size" /dev/urandom >body
  measured publish "$MSCOMM" publish -q "$q" --declare --file body --file body --file body 2>"$err"
  assert_stderr_has '3 sent, 3 confirmed'
  under_limit publish
  for way in "${!ways[@]}"; do
    # shellcheck disable=SC2086  # options
    measured "$way.report" "$MSCOMM" consume "$q" -n 1 ${ways[$way]} | cat >"$way.piped"
    under_limit "$way.report"
  done
  printf '\0' >>body
  cmp body file
  cmp body pipe.piped
  truncate -s -1 body
  cmp body folder/*.body
  queue_holds "$q" 0
}

@test "bodies that are on their way at the end are not kept" {
  local -a files=()
  head -c 5000000 /dev/zero >body
  for _ in {1..30}; do files+=(--file body); done
  run_split mscomm publish -q "$q" --declare "${files[@]}"
  assert_status 0
  measured report "$MSCOMM" consume "$q" 2>"$err" | head -c 10 >/dev/null
  under_limit report
  await 10 queue_holds "$q" 30
}

@test "where no temporary file can be made, a large body is held in memory" {
  head -c 3000000 /dev/urandom >body
  printf small >small
  run_split mscomm publish -q "$q" --declare --file body --file small
  assert_status 0
  TMPDIR=$PWD/nowhere run_split mscomm consume "$q" -n 2 --null
  assert_status 0
  assert_stderr_has 'held in memory'
  cat body small | tr -d '\0' | cmp - <(tr -d '\0' <"$out")
  queue_holds "$q" 0
}

@test "messages that are forwarded are not read faster than their copies are taken" {
  local dst
  dst=$(fresh_queue)
  amqp declare "$q"
  amqp declare "$dst"
  head -c 500000 /dev/zero | tr '\0' x >body
  mscomm publish -q "$q" --file body --count 300 --quiet
  measured forward "$MSCOMM" consume "$q" --to "$dst" -n 300 2>"$err"
  assert_stderr_has '300 forwarded'
  under_limit forward
}
