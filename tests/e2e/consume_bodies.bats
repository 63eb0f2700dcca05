#!/usr/bin/env bats
# consume and bodies that jq or a record would make larger.
#
# shellcheck disable=SC2016  # what stands in single quotes is for jq

load helper

setup() { setup_queue; }

hostile() { # a message of 2.7 million values in 8 MB
  printf '['
  head -c 2700000 /dev/zero | sed 's/\x00/[],/g'
  printf '[]]'
}

rss_of() { # COMMAND...: its peak of memory in KiB is in $rss, its exit status in $status
  run_split /usr/bin/python3 "$tests_root/support/measure.py" peak "$@"
  status=$(sed -n 's/^exit //p' peak)
  rss=$(sed -n 's/^rss_kib //p' peak)
}

@test "a message of very many values is not given to jq, and an expression about others needs none" {
  hostile >body
  mscomm publish -q "$q" --declare --file body --message-type b --quiet
  local way
  for way in '--jq length' '--filter .json'; do
    # shellcheck disable=SC2086  # options
    rss_of "$MSCOMM" consume "$q" --until-empty $way
    assert_equal "$way: $status" "$way: 1"
    assert_stderr_has 'jq would take up to'
    assert_stderr_has '--max-size'
    grep -qa __asan_init "$MSCOMM" || ((rss < 65536)) || complain "$way: $rss KiB"
    await 10 queue_holds "$q" 1
  done
  run_split mscomm consume "$q" --until-empty --filter '.properties.type == "b"' --format '{body_bytes}\n'
  assert_status 0
  assert_stdout 8100004
  queue_holds "$q" 0
}

@test "Ctrl-C ends a jq program that does not end" {
  amqp declare "$q"
  amqp publish "$q" '{"id":1}'
  local way
  for way in --jq --filter; do
    start_process consume mscomm consume "$q" "$way" 'def f: f; f'
    await 10 queue_holds "$q" 0
    stop_process consume INT
    assert_equal "$way: $status" "$way: 130"
    await 10 queue_holds "$q" 1
  done
  run_split mscomm consume "$q" --timeout 500ms --jq 'def f: f; f'
  assert_status 5
  await 10 queue_holds "$q" 1
}

@test "a long record is written while it is rendered, and Ctrl-C ends it" {
  head -c 10000000 /dev/zero >body # which is six times as long as JSON
  mscomm publish -q "$q" --declare --file body --quiet
  rss_of "$MSCOMM" consume "$q" --peek -n 1 --format json
  assert_equal "$status" 0
  jq -e '.body | length == 10000000' "$out"
  grep -qa __asan_init "$MSCOMM" || ((rss < 65536)) || complain "$rss KiB"
  await 10 queue_holds "$q" 1
  mkfifo pipe
  start_process consume bash -c 'exec "$0" consume "$1" --format json >pipe' "$MSCOMM" "$q"
  exec 8<pipe
  read -r -t 20 -N 1 -u 8 first
  assert_equal "$first" '{'
  stop_process consume INT
  exec 8<&-
  assert_equal "$status" 130
  await 10 queue_holds "$q" 1
}
