#!/usr/bin/env bats
# get when the network, the service or the output misbehaves: nothing hangs, nothing lies.

bats_require_minimum_version 1.5.0
load helper

ok='send:HTTP/1.1 200 OK\r\n'

milliseconds() {
  echo $((${EPOCHREALTIME/./} / 1000))
}

@test "a refused port is exit 3 with a way to wait for it" {
  run_split mscomm get http://127.0.0.1:1/x
  assert_status 3
  assert_stdout
  assert_stderr 'mscomm: get: GET http://127.0.0.1:1/x: cannot connect: Connection refused' \
    'hint: is the service running? try: mscomm probe http://127.0.0.1:1 --wait 30s'
}

@test "what a proxy is told to be is not repeated with its password" {
  for proxy in http://me:s3cret@127.0.0.1:99999 me:s3cret@127.0.0.1:99999; do
    run_split mscomm get --proxy "$proxy" http://service-b.invalid/ --format json
    assert_status 2
    assert_stderr_has '--proxy: it is not a URL'
    http_proxy=$proxy run_split mscomm get http://service-b.invalid/ --format json
    assert_status 2
    assert_stderr_has 'hint: the proxy is that of --proxy, http_proxy'
    assert_equal "$(grep -h s3cret "$out" "$err")" ""
  done
}

@test "a proxy that cannot be reached, or does not let through, is exit 3" {
  http_proxy=http://127.0.0.1:1 run_split mscomm get http://service-b.invalid/
  assert_status 3
  assert_stderr_has 'cannot connect to 127.0.0.1:1: Connection refused'
  assert_stderr_has 'that is where a proxy'
  start_raw tunnel read 'send:HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n'
  run_split mscomm get -vv --proxy "http://$tunnel" --connect-to "::$tunnel" http://service-b.invalid/
  assert_status 3
  assert_stderr_has "> CONNECT $tunnel HTTP/1.1"
  assert_stderr_has '> User-Agent: mscomm/'
  assert_stderr_has 'the proxy refused: CONNECT tunnel failed, response 403'
  start_raw guarded read 'send:HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n'
  run_split mscomm get --proxy "http://$guarded" https://service-b.invalid/
  assert_status 4
  assert_stderr_has 'hint: it wants credentials: https_proxy='
}

@test "a body that nobody writes is waited for until --timeout" {
  mkfifo body
  run_split mscomm post http://127.0.0.1:1/ -d @body --timeout 100ms
  assert_status 5
  assert_stderr "mscomm: post: timed out while reading 'body'"
}

@test "a Unix socket that is none is named" {
  run_split mscomm get --unix-socket nowhere http://service-b/
  assert_status 3
  assert_stderr "mscomm: get: GET http://service-b/: cannot connect to 'nowhere': No such file or directory" \
    'hint: is the service running, and is this its socket?'
}

@test "a host that does not exist is exit 3" {
  run_split mscomm get http://service-b.invalid/
  assert_status 3
  assert_stderr_has 'service-b.invalid'
  assert_stderr_has 'hint: is the host name spelled right'
}

@test "a body that breaks off is exit 3, and what came is printed" {
  start_service service
  run_split mscomm get "$service/truncated"
  assert_status 3
  printf 0123456789 >expected
  assert_stdout_is expected
  assert_stderr_has 'the body broke off after 10 bytes'
}

@test "a chunked body without its end is exit 3" {
  start_raw raw read "${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n" close
  run_split mscomm get "$raw"
  assert_status 3
}

@test "a connection closed or reset before the answer is exit 3" {
  start_raw closing read close
  run_split mscomm get "$closing"
  assert_status 3
  assert_stderr_has 'closed the connection without an answer'
  start_raw resetting read reset
  run_split mscomm get "$resetting"
  assert_status 3
  assert_stderr_has 'the connection was lost'
}

@test "what is not HTTP is exit 3" {
  start_raw raw 'send:220 mail.example ESMTP\r\n' close
  run_split mscomm get "$raw"
  assert_status 3
  assert_stderr_has 'not HTTP'
}

@test "--timeout ends a wait in any phase" {
  start_service service
  start_raw silent hang
  start_raw slow_headers read "${ok}" 'drip:20:X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
  for url in "$service/delay/5000" "http://$silent" "http://$slow_headers" "$service/drip/500/20" \
    "https://$silent"; do
    before=$(milliseconds)
    run_split mscomm get --timeout 300ms "$url"
    took=$(($(milliseconds) - before))
    assert_status 5
    assert_stderr_has 'timed out while'
    assert_stderr_has 'hint: --timeout'
    ((took >= 300 && took < 4000)) || complain "took $took ms"
  done
}

@test "a timeout says what it was waiting for" {
  start_service service
  start_raw silent hang
  run_split mscomm get --timeout 200ms "$service/delay/5000"
  assert_stderr_has 'timed out while waiting for the response'
  run_split mscomm get --timeout 200ms "https://$silent"
  assert_stderr_has 'timed out while waiting for the TLS handshake'
  run_split mscomm get --timeout 500ms "$service/drip/500/20"
  assert_stderr_has 'timed out while receiving the body'
}

@test "--connect-timeout limits the TLS handshake too" {
  start_raw silent hang
  run_split mscomm get --connect-timeout 200ms "https://$silent"
  assert_status 5
  assert_stderr_has 'hint: --connect-timeout'
}

@test "--stall-timeout ends a transfer that stands still" {
  start_raw stuck read "${ok}Content-Length: 10\r\n\r\nabc" sleep:2500 send:defghij
  run_split mscomm get --stall-timeout 500ms "$stuck"
  assert_status 5
  assert_stderr_has 'timed out while receiving the body, of which 3 bytes came'
  assert_stderr_has 'hint: --stall-timeout'
  start_raw deaf hang
  head -c 20000000 /dev/zero >large
  run_split mscomm post --stall-timeout 500ms "$deaf" -d @large
  assert_status 7
  assert_stderr_has 'hint: the service may have done it all the same; --stall-timeout'
}

# shellcheck disable=SC2016  # for another shell
@test "--stall-timeout lets one go on that moves, or whose reader rests" {
  local bytes
  bytes=$(seq 40 | gzip -9 | od -An -v -tx1 | tr -d '\n' | sed 's/ /\\x/g')
  start_raw packed read "${ok}Content-Encoding: gzip\r\n\r\n" "drip:20:$bytes"
  run_split mscomm get --compressed --stall-timeout 500ms "$packed"
  assert_status 0
  seq 40 >expected
  assert_stdout_is expected
  start_raw slow read "${ok}Content-Length: 11\r\n\r\n" 'drip:200:abcdefghij\n'
  run_split mscomm get --stall-timeout 1s "$slow"
  assert_status 0
  assert_stdout abcdefghij
  start_service service
  run_split bash -c '"$0" get "$1/bytes/2000000" --stall-timeout 300ms | { sleep 1; wc -c; }
    exit "${PIPESTATUS[0]}"' "$MSCOMM" "$service"
  assert_status 0
  assert_stdout 2000000
}

@test "Ctrl-C ends a wait at once, by the signal" {
  start_raw silent hang
  for url in "http://$silent" "https://$silent"; do
    start_process waiting mscomm get "$url"
    await 5 has_connection "$waiting_pid"
    before=$(milliseconds)
    stop_process waiting INT
    ((status == 130)) || complain "status $status"
    (($(milliseconds) - before < 5000)) || complain "it did not end at once"
  done
}

has_connection() { # PID
  find "/proc/$1/fd" -lname 'socket:*' | grep -q .
}

@test "--max-size ends a body that is too large, declared or not" {
  start_service service
  run_split mscomm get --max-size 1KB "$service/bytes/1001"
  assert_status 1
  assert_stdout
  assert_stderr_has '1001 bytes is larger than --max-size'
  run_split mscomm get --max-size 1KB "$service/bytes/1000"
  assert_status 0
  run_split mscomm get --max-size 100 "$service/chunked/1000"
  assert_status 1
  assert_stderr_has 'larger than the 100 bytes'
}

@test "headers without end are refused" {
  start_raw endless read "${ok}" 'forever:X-More: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'
  run_split mscomm get "$endless"
  assert_status 1
  assert_stderr_has 'headers are too large'
}

@test "informational responses are passed over" {
  start_raw raw read 'send:HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n' \
    "${ok}Content-Length: 2\r\n\r\nok"
  run_split mscomm get -i "$raw"
  assert_status 0
  printf 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' >expected
  assert_stdout_is expected
}

@test "a full disk is exit 11" {
  start_service service
  status=0
  "$MSCOMM" get "$service/bytes/100000" >/dev/full 2>"$err" || status=$?
  assert_status 11
  assert_stderr_has 'No space left on device'
  run_split mscomm get -o /dev/full "$service/health"
  assert_status 11
}

@test "a reader that has enough is no error" {
  start_service service
  "$MSCOMM" get "$service/bytes/10000000" 2>"$err" | head -c 10 >"$out"
  status=${PIPESTATUS[0]}
  assert_status 0
  assert_stderr
  assert_equal "$(wc -c <"$out")" 10
}

@test "a reader that has enough does not hide the status" {
  start_service service
  "$MSCOMM" get "$service/bytes/10000000" --expect 404 2>"$err" | head -c 10 >"$out"
  status=${PIPESTATUS[0]}
  assert_status 1
  assert_stderr_has ': 200 OK'
  "$MSCOMM" get "$service/status/503" --format json 2>"$err" | :
  status=${PIPESTATUS[0]}
  assert_status 1
}

@test "a reader that never reads does not outlast --timeout" {
  start_service service
  mkfifo pipe
  exec 7<>pipe
  status=0
  timeout 10 "$MSCOMM" get --timeout 500ms "$service/bytes/10000000" >pipe 2>"$err" || status=$?
  exec 7<&-
  : >"$out"
  assert_status 5
  assert_stderr_has 'timed out while writing the response: its reader is too slow'
}

@test "a slow reader gets every byte" {
  start_service service
  "$MSCOMM" get "$service/bytes/3000000" 2>"$err" | { sleep 0.5 && cat; } >"$out"
  status=${PIPESTATUS[0]}
  assert_status 0
  curl -s "$service/bytes/3000000" >expected
  assert_stdout_is expected
}

@test "-o writes the file whole or not at all" {
  start_service service
  run_split mscomm get -o new "$service/health"
  assert_status 0
  assert_stdout
  assert_equal "$(<new)" '{"status":"pass"}'
  echo before >kept
  chmod 640 kept
  run_split mscomm get -o kept "$service/truncated"
  assert_status 3
  assert_equal "$(<kept)" before
  run_split mscomm get -o kept --timeout 200ms "$service/drip/100/10"
  assert_status 5
  assert_equal "$(<kept)" before
  start_process writing mscomm get -o kept "$service/drip/1000/10"
  await 5 bash -c 'ls .kept.*.part'
  stop_process writing INT
  assert_equal "$(<kept)" before
  assert_equal "$(find . -name '*.part')" ''
  run_split mscomm get -o kept "$service/health"
  assert_equal "$(<kept) $(stat -c %a kept)" '{"status":"pass"} 640'
  run_split mscomm get -o missing/folder "$service/health"
  assert_status 11
}

@test "-o follows a symbolic link and writes to a pipe" {
  start_service service
  echo before >target
  ln -s target link
  run_split mscomm get -o link "$service/health"
  assert_equal "$(readlink link) $(<target)" 'target {"status":"pass"}'
  run_split mscomm get -o /dev/null "$service/health"
  assert_status 0
  [ -c /dev/null ]
}

@test "a body of a gigabyte does not stay in memory" {
  start_service service
  run_split /usr/bin/python3 "$tests_root/support/measure.py" peak \
    "$MSCOMM" get -o /dev/null "$service/bytes/1000000000"
  assert_status 0
  grep -qx 'exit 0' peak
  # A sanitizer's shadow and quarantine come on top.
  local -i limit_kib=30000
  ! grep -qa __asan_init "$MSCOMM" || limit_kib=200000
  (($(sed -n 's/^rss_kib //p' peak) < limit_kib)) || complain "$(<peak)"
}

@test "mscomm does not link libcurl" {
  run ! grep -q curl <(ldd "$MSCOMM")
}
