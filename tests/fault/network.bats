#!/usr/bin/env bats
# Networks that go silent, stutter and freeze. The black hole is a network namespace of its own, whose
# packets are dropped both ways; that needs root.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load ../e2e/helper

# A process holds the namespace: a name would be a mount, of which ip(8) leaves a part behind.
in_namespace() { nsenter --net="/proc/$holder/ns/net" "$@"; }
has_own_network() { [ "$(readlink "/proc/$holder/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

setup_file() {
  local net=198.18.$((RANDOM % 256)) # for benchmarks of networks (RFC 2544): nobody routes it
  if [ "$(id -u)" -ne 0 ]; then
    echo 'needs root for a network namespace' >"$BATS_FILE_TMPDIR/no-namespace"
  elif ! {
    unshare --net sleep 1800 </dev/null 3>&- &
    export holder=$! host=$net.1
    await 10 has_own_network &&
      ip link add "ms$$" type veth peer name eth0 netns "$holder" &&
      ip addr add "$host/30" dev "ms$$" && ip link set "ms$$" up &&
      in_namespace ip addr add "$net.2/30" dev eth0 && in_namespace ip link set eth0 up &&
      in_namespace nft list ruleset
  } 2>"$BATS_FILE_TMPDIR/reason" >&2; then
    echo "needs network namespaces and nftables: $(tail -n 1 "$BATS_FILE_TMPDIR/reason")" \
      >"$BATS_FILE_TMPDIR/no-namespace"
  fi
}

# The virtual link goes with its other end.
teardown_file() {
  [ -z "${holder:-}" ] || kill "$holder" 2>/dev/null || true
}

setup() {
  setup_queue declared
  export MSCOMM_TEST_TIMEOUT=40
  address=${AMQP##*@}
}

start_relay() { # NAME [ARGUMENTS]: a relay whose URL is in $NAME_url, with the host in front for the hole
  start_listener "$1" /usr/bin/python3 "$tests_root/support/relay.py" "${via:-127.0.0.1}:0" "$address" "${@:2}"
  declare -g "$1_url=amqp://guest:guest@${via:-127.0.0.1}:$port" "$1_port=$port"
}

start_publisher() { # ARGUMENTS; lines are taken from descriptor 8
  mkfifo input
  start_process publisher bash -c '"$@" <input' - "${inside[@]}" "$MSCOMM" publish --lines -q "$q" "$@"
  exec 8>input
}

start_consumer() { # ARGUMENTS
  start_process consumer "${inside[@]}" "$MSCOMM" consume "$q" "$@"
  await 20 queue_has_consumers "$q" 1
}

publisher_says() { grep -qF -e "$1" "$publisher_err"; }
consumer_says() { grep -qF -e "$1" "$consumer_err"; }
connected() { grep -qE "^ *[0-9]+: [0-9A-F]+:[0-9A-F]+ [0-9A-F]+:$(printf %04X "$1") 01 " /proc/net/tcp; }

# --- black hole ----------------------------------------------------------------------------------

need_namespace() {
  [ ! -e "$BATS_FILE_TMPDIR/no-namespace" ] || skip "$(<"$BATS_FILE_TMPDIR/no-namespace")"
  inside=(nsenter --net="/proc/$holder/ns/net")
  via=$host
}

black_hole() { # [PORT]: everything, or what goes to the port and comes from it
  local what=${1:+tcp dport $1} back=${1:+tcp sport $1}
  in_namespace nft -f - <<NFT
table inet hole {
  chain out { type filter hook postrouting priority 0; $what drop; }
  chain in { type filter hook prerouting priority 0; $back drop; }
}
NFT
}

end_black_hole() { in_namespace nft delete table inet hole; }

teardown() {
  [ ${#inside[@]} -eq 0 ] || end_black_hole 2>/dev/null || true
  teardown_test
}

# Both at once, since each test takes its two heartbeats.
start_both() { # ARGUMENTS
  start_consumer -o consumed "$@"
  start_publisher "$@"
  echo one >&8
  await 20 grep -qx one consumed
}

@test "black hole, --on-loss fail: two heartbeats without a sign of life are the end" {
  need_namespace
  start_relay relay
  start_both -u "$relay_url" --heartbeat 1 --on-loss fail
  black_hole
  echo two >&8
  await_process publisher
  assert_equal "$status" 7
  publisher_says 'no sign of life for 2s'
  publisher_says '2 sent, 1 confirmed, 1 in doubt'
  await_process consumer
  assert_equal "$status" 3
  consumer_says 'no sign of life for 2s'
}

@test "black hole: the deadline comes in time, what is unanswered is in doubt" {
  need_namespace
  start_relay relay
  start_both -u "$relay_url" --heartbeat 1 --timeout 5s
  black_hole
  echo two >&8
  await_process publisher
  assert_equal "$status" 7
  publisher_says '2 sent, 1 confirmed, 1 in doubt'
  await_process consumer
  assert_equal "$status" 5
}

@test "black hole: without heartbeats only the deadline is left" {
  need_namespace
  start_relay relay
  start_both -u "$relay_url" --heartbeat 0 --timeout 3s
  black_hole
  echo two >&8
  await_process publisher
  assert_equal "$status" 7
  publisher_says 'the deadline passed'
  await_process consumer
  # It says goodbye, and nobody answers.
  assert_equal "$status" 5
}

@test "black hole that ends: both go on, and nothing is lost" {
  need_namespace
  start_relay relay
  start_both -u "$relay_url" --heartbeat 1
  black_hole
  echo two >&8
  await 20 publisher_says 'connecting again'
  await 20 consumer_says 'connecting again'
  end_black_hole
  echo three >&8
  exec 8>&-
  await_process publisher
  assert_equal "$status" 0
  publisher_says '3 sent, 3 confirmed'
  await 20 grep -qx three consumed
  assert_equal "$(sort -u consumed | tr '\n' ' ')" 'one three two '
}

@test "black hole to one of two brokers: the other takes over" {
  need_namespace
  start_relay first
  start_relay second
  start_publisher -u "$first_url" -u "$second_url" --heartbeat 1 --log-format json -v
  echo one >&8
  await 20 queue_holds "$q" 1
  local used=$first_port
  ! publisher_says ":$second_port/" || used=$second_port
  black_hole "$used"
  echo two >&8
  await 20 queue_holds "$q" 2
  exec 8>&-
  await_process publisher
  assert_equal "$status" 0
  assert_equal "$(jq -c 'select(.sent) | [.sent, .confirmed, .resent]' "$publisher_err")" '[2,2,1]'
}

@test "black hole from the start: connecting is given up in time" {
  need_namespace
  start_relay relay
  black_hole
  run_split "${inside[@]}" "$MSCOMM" publish -u "$relay_url" -q "$q" --connect-timeout 500ms x
  assert_status 5
  assert_stderr_has "$host:$relay_port"
  run_split "${inside[@]}" "$MSCOMM" consume -u "$relay_url" "$q" --wait 700ms
  assert_status 5
}

# --- half open -----------------------------------------------------------------------------------

@test "half open: a peer that is frozen is noticed, though its kernel takes everything" {
  start_relay relay
  start_both -u "$relay_url" --heartbeat 1 --on-loss fail
  kill -STOP "$relay_pid"
  echo two >&8
  await_process publisher
  assert_equal "$status" 7
  publisher_says '2 sent, 1 confirmed, 1 in doubt'
  await_process consumer
  assert_equal "$status" 3
  consumer_says 'no sign of life for 2s'
}

@test "half open while a message is on its way: its half is not taken for a whole" {
  start_relay relay --rate 5000000
  head -c 16000000 /dev/zero | tr '\0' x >large
  amqp publish "$q" <large
  start_consumer -u "$relay_url" --heartbeat 1 --on-loss fail -o consumed
  kill -STOP "$relay_pid"
  await_process consumer
  assert_equal "$status" 3
  assert_equal "$(wc -c <consumed)" 0
}

@test "a message that takes its time is neither an idle nor an empty queue" {
  start_relay slow --rate 5000000
  head -c 10000000 /dev/zero | tr '\0' x >large
  for _ in 1 2; do
    amqp publish "$q" <large
  done
  run_split mscomm consume -u "$slow_url" "$q" --idle 1s -n 1 -o first
  assert_status 0
  assert_equal "$(wc -c <first)" 10000001
  await 10 queue_holds "$q" 1
  run_split mscomm consume -u "$slow_url" "$q" --until-empty -o second
  assert_status 0
  assert_equal "$(wc -c <second)" 10000001
  queue_holds "$q" 0
}

# --- cut ---------------------------------------------------------------------------------------

@test "connections that end as soon as they are used are given up after ten" {
  # basic.consume and basic.publish, class 60 and methods 20 and 40.
  start_relay consuming --cut-at 003c0014
  start_relay publishing --cut-at 003c0028
  start_process consumer "$MSCOMM" consume -u "$consuming_url" "$q"
  run_split mscomm publish -u "$publishing_url" -q "$q" x
  assert_status 7
  assert_stderr_has '1 sent, 0 confirmed, 1 in doubt'
  assert_stderr_has '9 sent again'
  await_process consumer
  assert_equal "$status" 3
  consumer_says '10 connections in a row ended within 2s'
}

# --- stutter -------------------------------------------------------------------------------------

@test "a byte at a time, both ways, plain and over TLS" {
  local url base
  start_relay relay --byte-by-byte
  base=$(seq 200 | jq -c '{exchange: "", routing_key: "'"$q"'", body: ("body \(.) " * (1 + . % 7)),
    properties: {message_id: "\(.)", headers: {n: ., list: [., "x", {deep: true}]}}}')
  printf '%s\n' "$base" '{"exchange":"","routing_key":"'"$q"'","body":"'"$(printf 'x%.0s' {1..20000})"'"}' >records
  local -a ways=("$relay_url")
  if [ -n "${MSCOMM_TEST_AMQPS_URL:-}" ]; then
    address=127.0.0.1:${MSCOMM_TEST_AMQPS_URL##*:}
    start_relay tls --byte-by-byte
    ways+=("amqps://guest:guest@localhost:$tls_port?cacertfile=$MSCOMM_TEST_TLS_DIR/ca.pem")
  fi
  for url in "${ways[@]}"; do
    run_split mscomm publish -u "$url" --jsonl <records
    assert_status 0
    assert_stderr_has '201 sent, 201 confirmed'
    run_split mscomm consume -u "$url" "$q" -n 201 --format json
    assert_status 0
    jq -cS '[.body, .properties.headers]' "$out" | cmp - <(jq -cS '[.body, .properties.headers]' records)
  done
}

@test "a slow reader: heartbeats go on while nothing can be written" {
  mkfifo pipe
  amqp fill "$q" 2000 --size 1000
  exec 9<>pipe
  start_process consumer bash -c 'exec "$0" "$@" >pipe' "$MSCOMM" consume "$q" --heartbeat 1 -n 2000 --on-loss fail
  read -r -N 1 -t 20 -u 9 first
  assert_equal "$first" 1
  # The broker would close the connection after two heartbeats of silence.
  sleep 4
  # A reader of one byte a time, then one that takes the rest.
  head -c 50 <&9 | wc -c >/dev/null
  start_process reader bash -c 'exec head -n 2000 <pipe'
  await_process consumer
  assert_equal "$status" 0
  exec 9>&-
  await_process reader
  assert_equal "$(wc -l <"$reader_out")" 2000
  queue_holds "$q" 0
}
