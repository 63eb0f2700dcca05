#!/usr/bin/env bats
# get and bodies that have to be kept: which are JSON, how much memory they may take, and how a
# large one is printed.
#
# shellcheck disable=SC2016,SC2034  # what stands in single quotes is for jq

bats_require_minimum_version 1.5.0
load helper

ok='send:HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n'

setup() {
  setup_test
  MSCOMM_TEST_TIMEOUT=60
}

answer() { # STEP...: a server that answers with this body; its URL is in $url
  stop_process answer
  start_raw answer read "$ok" "$@"
  url=http://$answer
}

repeated() { # TEXT COUNT
  head -c "$2" /dev/zero | sed "s/\x00/$1/g"
}

rss_of() { # COMMAND...: its peak of memory in KiB is in $rss, its exit status in $status
  run_split /usr/bin/python3 "$tests_root/support/measure.py" peak "$@"
  status=$(sed -n 's/^exit //p' peak)
  rss=$(sed -n 's/^rss_kib //p' peak)
}

plain_rss() { # ARGUMENTS of get, whose body is small
  answer 'send:{"ok":true}'
  rss_of "$MSCOMM" get "$url" "$@"
  plain=$rss
}

is_bounded() { # more than a plain run by 64 MiB at most
  grep -qa __asan_init "$MSCOMM" || ((rss - plain < 65536)) ||
    complain "$rss KiB, a plain run takes $plain KiB"
}

views() { # whether the body that is answered is JSON: for --jq, for --assert, for the record
  local jq=no assertion=no record=no
  ! "$MSCOMM" get --quiet --jq . "$url" >/dev/null 2>&1 || jq=yes
  ! "$MSCOMM" get --quiet --assert 'has("json")' "$url" >/dev/null 2>&1 || assertion=yes
  "$MSCOMM" get --quiet --format json "$url" >record
  ! grep -q '"json":' record || record=yes
  echo "$jq $assertion $record"
}

@test "--jq, --assert and the record agree about what is JSON" {
  local body
  for body in 1e309 -1e309 '[1e-400]' 123456789012345678901234567890 '"\\ud83d\\ude00"' \
    '{"a":1,"a":2}' ' [1]\r\n' '\xef\xbb\xbf[1]' '"\x7f\xc2\x85"' '""' null; do
    answer "send:$body"
    assert_equal "$body: $(views)" "$body: yes yes yes"
  done
  for body in '"\\ud800"' '"\\udc00x"' 01 nan NaN -Infinity 1. .5 +1 '[1,]' '"a\nb"' '"\x00"' '"\xff"' '"\xed\xa0\x80"' '' ' ' "'a'" \
    '{a:1}' '"\\x"' '[1]]' tru 'true]' '[1'; do
    answer "send:$body"
    assert_equal "$body: $(views)" "$body: no no no"
  done
}

@test "--jq and --assert read the same numbers, and nest as deeply as one another" {
  local depth
  answer send:1e309
  run_split mscomm get --jq . "$url"
  assert_stdout 1.7976931348623157e+308
  run_split mscomm get --quiet --assert '.json > 1e308 and (.json | tojson) == "1.7976931348623157e+308"' "$url"
  assert_status 0
  for depth in 255 256; do
    answer "send:$(repeated '[' "$depth")$(repeated ']' "$depth")"
    assert_equal "$depth: $(views)" "$depth: yes yes yes"
  done
  for depth in 257 10000; do
    answer "repeat:$depth:[" "repeat:$depth:]"
    assert_equal "$depth: $(views)" "$depth: no no yes"
    run_split mscomm get --assert '.json == null' "$url"
    assert_status 9
    assert_stderr_has 'jq reads no .json that nests so deeply'
  done
}

@test "the status is judged whatever the body is" {
  answer 'repeat:100000:['
  run_split mscomm get --assert '.status == 200 and .headers["content-type"] == "application/json"' "$url"
  assert_status 0
  answer 'repeat:100000:[' 'repeat:100000:]'
  run_split mscomm get --format '{status}\n' --assert '.status == 201' "$url"
  assert_status 9
  assert_stderr_has '.status is 200'
  run_split mscomm get --format '{body_bytes}\n' --until '.status == 200' "$url"
  assert_status 0
  assert_stdout 200000
  plain_rss --assert '.status == 200'
  answer 'send:[[]' "repeat:50000:$(repeated ',[]' 500)" 'send:]'
  rss_of "$MSCOMM" get --assert '.status == 200' "$url" # 75 MB, which are only printed
  assert_equal "$status $(stat -c %s "$out")" '0 75000004'
  is_bounded
}

@test "a body without end that must be kept ends with exit 3 and takes no more than its bound" {
  local way filler
  filler=$(repeated 'x' 8000)
  echo '{}' >schema.json
  for way in '--format json' '--format text' '--format {body}' '--jq .' '--schema schema.json' \
    '--assert .json.ok' '--until .json.ok' '--retry 2 --format json'; do
    # shellcheck disable=SC2086  # options
    plain_rss $way
    answer 'send:"' "forever:$filler"
    # shellcheck disable=SC2086  # options
    rss_of "$MSCOMM" get $way "$url"
    assert_equal "$way: $status" "$way: 3"
    assert_stderr_has 'larger than what is kept in memory, 32 MiB'
    assert_stderr_has '--max-size'
    is_bounded
  done
  run_split mscomm get --format json "$url"
  jq -e '.outcome == "unreachable" and .status == 200 and (has("body") or has("json") | not)' "$out"
}

@test "a body of many values is not given to a parser, whatever its size in bytes" {
  local way items
  items=$(repeated '[],' 1000)
  echo '{"type":"array"}' >schema.json
  for way in '--jq length' '--assert (.json|length)>0' '--until (.json|length)>0 --every 10s' \
    '--schema schema.json'; do
    # shellcheck disable=SC2086  # options
    plain_rss $way --timeout 2s
    answer 'send:[' "repeat:2700:$items" 'send:[]]'
    # shellcheck disable=SC2086  # options
    rss_of "$MSCOMM" get $way --timeout 5s "$url"
    assert_equal "$way: $status" "$way: 3"
    assert_stderr_has '--max-size'
    is_bounded
  done
  answer 'send:[' "repeat:100:$items" 'send:[]]'
  run_split mscomm get --max-size 10MB --jq length "$url"
  assert_status 0
  assert_stdout 100001
}

@test "a body that becomes longer when it is printed is printed in pieces" {
  local way
  for way in '--format json' '--format text' '--format {body_base64}\n'; do
    # shellcheck disable=SC2086  # options
    plain_rss $way
    answer 'gzip:30'
    stop_process answer
    start_raw answer read 'send:HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n' gzip:30
    # shellcheck disable=SC2086  # options
    rss_of "$MSCOMM" get --compressed $way "http://$answer"
    assert_status 0
    is_bounded
    case $way in
      *json) jq -e '.body | length == 30 * 1048576' "$out" ;;
      *text) (($(stat -c %s "$out") > 4 * 30 * 1048576)) ;;
      *) base64 -d "$out" | cmp - <(head -c 31457280 /dev/zero) ;;
    esac
  done
}

@test "Ctrl-C and the deadline end a long record while it is printed" {
  start_raw answer read 'send:HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n' gzip:30
  mkfifo pipe
  start_process get env --default-signal=INT bash -c 'exec "$0" get --compressed --format json "$1" >pipe' \
    "$MSCOMM" "http://$answer"
  exec 8<pipe
  read -r -t 20 -N 1 -u 8 first
  assert_equal "$first" '{'
  stop_process get INT
  exec 8<&-
  start_process get bash -c 'exec "$0" get --compressed --timeout 2s --format json "$1" >pipe' \
    "$MSCOMM" "http://$answer"
  exec 8<pipe
  await_process get
  exec 8<&-
  assert_equal "$status" 5
}

@test "what is only printed has no bound: alone, after a failed attempt, several in turn" {
  plain_rss
  answer "repeat:12500:$(repeated x 8000)"
  rss_of "$MSCOMM" get "$url"
  assert_equal "$status $(stat -c %s "$out")" '0 100000000'
  is_bounded
  rss_of "$MSCOMM" get --retry 2 "$url"
  assert_equal "$status $(stat -c %s "$out")" '0 100000000'
  is_bounded
  rss_of "$MSCOMM" get --retry 2 -o file "$url"
  assert_equal "$status $(stat -c %s file)" '0 100000000'
  is_bounded
  rss_of "$MSCOMM" get "$url" "$url"
  assert_equal "$status $(stat -c %s "$out")" '0 200000000'
  is_bounded
  rss_of "$MSCOMM" get --format '{body_bytes}\n' -c 2 "$url" "$url"
  assert_equal "$status" 0
  assert_stdout 100000000 100000000
  is_bounded
}

@test "several answers at once share their memory, and those that find none wait" {
  local -a urls=()
  plain_rss -c 8 --format json
  answer "repeat:2500:$(repeated x 8000)"
  for _ in {1..12}; do urls+=("$url"); done
  rss_of "$MSCOMM" get -c 8 --format '{body_bytes} {body}\n' "${urls[@]}"
  assert_equal "$status" 0
  assert_equal "$(cut -c 1-10 "$out" | sort | uniq -c | tr -s ' ')" ' 12 20000000 x'
  is_bounded
}

@test "a load run keeps of each body what there is room for" {
  plain_rss -n 20 -c 10 --assert .json.ok
  answer 'send:"' "repeat:500:$(repeated x 8000)" 'send:"'
  rss_of "$MSCOMM" get -n 20 -c 10 --assert '.json | length > 0' "$url"
  is_bounded
  grep -q 'too large' "$out" || complain 'the failures are not named'
  run_split mscomm get -n 20 -c 10 --assert '.status == 200' "$url"
  assert_status 0
}
