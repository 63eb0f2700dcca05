#!/usr/bin/env bats
# Readers that leave and consumers that die: nothing is lost.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load helper

setup() { setup_queue declared; }

@test "| head -n 10 prints ten, takes ten and is no error" {
  local round
  amqp fill "$q" 1000
  for round in {1..10}; do
    "$MSCOMM" consume "$q" 2>"$err" | head -n 10 >"$out"
    assert_equal "${PIPESTATUS[*]}" '0 0'
    # shellcheck disable=SC2046  # lines
    assert_stdout $(seq $((10 * round - 9)) $((10 * round)))
    assert_stderr
    await 10 queue_holds "$q" $((1000 - 10 * round))
  done
}

@test "a reader of records that leaves costs none" {
  amqp fill "$q" 50
  "$MSCOMM" consume "$q" --format json | head -n 1 >"$out"
  assert_equal "${PIPESTATUS[*]}" '0 0'
  await 10 queue_holds "$q" 49
}

@test "publish reads from a writer that is killed: what came whole is sent" {
  status=0
  { printf 'a\nb\n' && kill -KILL "$BASHPID"; } | "$MSCOMM" publish -q "$q" --lines 2>"$err" || status=$?
  assert_status 0
  await 10 queue_holds "$q" 2
}

# What a killed consumer printed may also be in the queue still: at least once. What is in neither
# is lost.
@test "killed in the middle, at any moment, a consumer loses nothing" {
  local round name kills messages
  kills=$(rounds 5 50)
  messages=$((2000 * kills))
  amqp fill "$q" $messages --size 100
  mkfifo pipe
  for ((round = 1; round <= kills; round++)); do
    name=victim$round
    start_process "$name" bash -c 'exec "$0" "$@" >pipe' "$MSCOMM" consume "$q"
    exec 8<pipe
    head -c $((RANDOM * 4 + 1)) <&8 >part
    stop_process "$name" KILL
    assert_equal "$status" 137
    cat <&8 >>part
    exec 8<&-
    # The last line may be half a record: it was not acknowledged.
    if [ "$(tail -c 1 part | wc -l)" -eq 0 ]; then sed -i '$d' part; fi
    cat part >>printed
    await 10 queue_has_consumers "$q" 0
  done
  amqp drain "$q" --raw >left
  [ -s left ] || complain 'the queue was empty before the last kill'
  tr -d ' ' <printed | sort -nu - <(tr -d ' ' <left) | cmp - <(seq $messages)
}

@test "killed in the middle, two that share a queue lose nothing" {
  amqp fill "$q" 5000
  start_process one mscomm consume "$q" --prefetch 10
  start_process two mscomm consume "$q" --idle 1s
  await 20 test -s "$one_out"
  stop_process one KILL
  await_process two
  assert_equal "$status" 0
  sort -nu "$one_out" "$two_out" | cmp - <(seq 5000)
}

@test "a signal that ends the whole pipeline leaves no half message behind" {
  local round group kills
  kills=$(rounds 5 50)
  for ((round = 1; round <= kills; round++)); do
    # Both get the signal; the writer's death must not look like the end of its message.
    rm -f leader "$err"
    # setsid forks when it leads a group already, so the leader says itself who it is.
    setsid --wait bash -c 'echo $$ >leader
      (printf half; exec sleep 20) | exec "$0" publish -v -q "$1"' "$MSCOMM" "$q" \
      >"$out" 2>"$err" 3>&- &
    group=$!
    await 10 grep -q 'connected to' "$err"
    kill -TERM -- "-$(<leader)"
    wait "$group" || true
    # The leader may be gone before the publisher has said its last.
    await 10 grep -q ' sent' "$err"
    assert_stderr_has '0 sent'
  done
  queue_holds "$q" 0
}
