#!/usr/bin/env bats
# A cluster of three whose nodes are killed as by a power failure: what was confirmed is there.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load ../e2e/helper

scripts=$tests_root/../scripts

setup_file() {
  # Booting three nodes takes longer than anything else here.
  "$scripts/broker" start --dir "$BATS_FILE_TMPDIR/cluster" --rabbitmq "${MSCOMM_TEST_RABBITMQ:-3}" --nodes 3 >/dev/null
}

teardown_file() {
  "$scripts/broker" stop --dir "$BATS_FILE_TMPDIR/cluster"
}

setup() {
  setup_test
  cluster=$BATS_FILE_TMPDIR/cluster
  # shellcheck source=/dev/null
  . "$cluster/env"
  # shellcheck disable=SC2153  # from there
  export AMQP_URL=$AMQP_URLS MSCOMM_TEST_TIMEOUT=120
  IFS=, read -ra urls <<<"$AMQP_URLS"
  q=t-cluster-$BATS_TEST_NUMBER
}

cluster() { "$scripts/broker" "$1" --dir "$cluster" "${@:2}"; }

publish_from() { # NAME FILE ARGUMENTS...
  start_process "$1" bash -c 'file=$1 && shift && exec "$0" publish --lines "$@" <"$file"' \
    "$MSCOMM" "${@:2}" --report - --log-format json
}

confirmed() { # NAME COUNT: so many at least
  [ "$(grep -c '"answer":"confirmed"' "$BATS_TEST_TMPDIR/$1.out")" -ge "$2" ]
}

# The node that the process is connected to, from 1.
node_of() { # NAME
  local i pid=${1}_pid
  for i in 1 2 3; do
    if ss -Htnp state established "dport = :${urls[i - 1]##*:}" | grep -qF "pid=${!pid},"; then
      echo "$i"
      return
    fi
  done
  return 1
}

summary() { # NAME MEMBER
  jq -r "select(.sent) | .$2" "$BATS_TEST_TMPDIR/$1.err"
}

acknowledged() { # NAME
  jq -r 'select(.answer == "confirmed") | .number' "$BATS_TEST_TMPDIR/$1.out"
}

# What is in the queue agrees with what the publisher said of it.
nothing_is_lost() { # NAME QUEUE ATTEMPTED
  acknowledged "$1" >"$1.acknowledged"
  # The queue elects a new leader first.
  run_split mscomm consume "$2" --until-empty --wait 60s --timeout 90s --quiet
  cp "$out" "$1.read"
  /usr/bin/python3 "$tests_root/support/counters.py" "$3" "$1.acknowledged" "$1.read" \
    --resent "$(summary "$1" resent)" || complain "$1: $(tail -n 3 "$BATS_TEST_TMPDIR/$1.err")"
}

all_answer() {
  cluster status
}

@test "40 000 messages a kill arrive while the nodes in use are killed one after the other" {
  local round node kills attempted
  kills=$(rounds 2 20)
  attempted=$((40000 * kills + 20000))
  mkfifo input
  publish_from publisher input -q "$q" --declare=quorum
  exec 8>input
  for ((round = 1; round <= kills; round++)); do
    # The node dies in the middle of a third; the next one is sent while it comes back.
    seq $((40000 * round - 39999)) $((40000 * round)) >&8 &
    await 60 confirmed publisher $((40000 * round - 30000))
    node=$(node_of publisher)
    cluster kill "$node"
    echo "# killed node $node, in use, after $(grep -c '"confirmed"' "$publisher_out") confirms"
    cluster start-node "$node"
    await 60 all_answer
    await 60 confirmed publisher $((40000 * round))
  done
  seq $((40000 * kills + 1)) "$attempted" >&8
  exec 8>&-
  await_process publisher
  assert_equal "$status" 0
  tail -n 1 "$publisher_err" | sed 's/^/# /'
  assert_equal "$(summary publisher sent)" "$attempted"
  assert_equal "$(summary publisher confirmed)" "$attempted"
  nothing_is_lost publisher "$q" "$attempted"
}

@test "with two of three nodes down it is in doubt at the deadline, with --on-loss fail at once" {
  local name
  seq 1 1000000 >lines
  publish_from patient lines -q "$q" --declare=quorum --rate 3000/s --timeout 12s
  publish_from hasty lines -q "$q-hasty" --declare=quorum --rate 3000/s --on-loss fail
  await 60 confirmed patient 3000
  await 60 confirmed hasty 3000
  cluster kill 1 3
  await_process hasty
  assert_equal "$status" 7
  await_process patient
  assert_equal "$status" 7
  for name in patient hasty; do
    tail -n 1 "$BATS_TEST_TMPDIR/$name.err" | sed "s/^/# $name: /"
    # The queue may just have refused some, before its node is gone as well.
    assert_equal "$(summary $name sent)" \
      $(($(summary $name confirmed) + $(summary $name refused) + $(summary $name in_doubt)))
    [ "$(summary $name in_doubt)" -gt 0 ] || complain "$name is in no doubt"
  done
  cluster start-node 1 3
  await 60 all_answer
  nothing_is_lost patient "$q" 1000000
  nothing_is_lost hasty "$q-hasty" 1000000
}
