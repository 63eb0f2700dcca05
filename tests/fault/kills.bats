#!/usr/bin/env bats
# Consumers that are killed at random moments, 200 of each kind with scripts/test --long: every message is
# handled or still queued.
#
# The moments are random; MSCOMM_TEST_SEED=N repeats them (as far as a machine does).
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load ../e2e/helper

setup() {
  setup_queue declared
  choose_seed
}

# While consumers die, messages come at such a rate that most of them die at work.
kill_consumers() { # MESSAGES-PER-SECOND COMMAND...
  kills=$(rounds 10 200) rate=$1 prefetch=256
  local longest=0.33
  # With sanitizers it takes longer to begin.
  ! grep -qa __asan_init "$MSCOMM" || longest=1.5
  attempted=$((kills * rate / 4))
  # A body ends with a newline, so that a command can append it to a file as it is.
  seq "$attempted" | awk '{ printf "%s\n%c", $0, 0 }' >bodies
  start_process publisher bash -c 'exec "$0" publish --null -q "$1" --rate "$2" <bodies' \
    "$MSCOMM" "$q" "$rate/s"
  /usr/bin/python3 "$tests_root/support/kills.py" "$kills" "$seed" "$longest" "${@:2}" --prefetch $prefetch
  await_process publisher
  assert_equal "$status" 0
}

# Lost is what is neither in the files nor in the queue. Half a line, the last of a file, was not
# acknowledged.
nothing_is_lost() { # FILE...
  local file
  for file in "$@"; do
    if [ -n "$(tail -c 1 "$file")" ]; then sed -i '$d' "$file"; fi
    cat "$file"
  done | grep . >handled || true
  run_split mscomm consume "$q" --until-empty --quiet
  echo "# $(wc -l <handled) handled, $(grep -c . "$out") left in the queue"
  [ "$(wc -l <handled)" -gt 0 ] || complain 'none was killed at work'
  seq "$attempted" >acknowledged
  grep . "$out" | cat handled - >found
  # Each kill may bring again what was handled and not yet acknowledged: what was sent ahead.
  /usr/bin/python3 "$tests_root/support/counters.py" "$attempted" acknowledged found \
    --resent $((kills * prefetch))
}

@test "killed while they write to a file" {
  kill_consumers 4000 "$MSCOMM" consume "$q" -o file-{}
  nothing_is_lost file-*
}

@test "killed while they write to a pipe" {
  # The reader lives on: what it has taken is its own.
  kill_consumers 1000 bash -c 'exec "$0" "$@" > >(flock -s readers cat >>read-by-cat)' \
    "$MSCOMM" consume "$q"
  # What was in the pipe when its writer died may be on its way still.
  flock -x -w 10 readers true
  nothing_is_lost read-by-cat
}

@test "killed while they run a command for each message" {
  kill_consumers 300 "$MSCOMM" consume "$q" --exec 'cat >>handled-by-commands' -c 4
  nothing_is_lost handled-by-commands
}
