#!/usr/bin/env bats
# get -o: FILE is replaced by the whole body of a success, and by nothing else.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load helper

setup() { setup_service; }

teardown() {
  local place
  for place in small mounted; do
    [ ! -e "$place" ] || umount "$place"
  done
  teardown_test
}

# A good file of yesterday; what it is, is in $good.
good_file() { # FILE
  echo yesterday >"$1"
  chmod 640 "$1"
  touch -d 2001-01-01 "$1"
  good=$(facts "$1")
}

facts() { stat -c '%i %Y %s %a' "$1" && cat "$1"; }

assert_untouched() { # FILE
  assert_equal "$(facts "$1")" "$good"
  assert_equal "$(find . -name '.*.part')" ''
}

# A call that must leave the file as it is.
leaves_file() { # STATUS TEXT-ON-STDERR ARGUMENTS...
  good_file file
  run_split mscomm get -o file "${@:3}"
  assert_status "$1"
  assert_stdout
  assert_stderr_has "$2"
  assert_untouched file
}

@test "whatever is no whole body of a success leaves the file as it is" {
  start_raw half read 'send:HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc' close
  start_raw chunks read 'send:HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n' close
  start_raw resets read 'send:HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc' reset
  leaves_file 1 ': 503 ' "$service/status/503"
  leaves_file 1 ': 404 ' "$service/status/404" --include
  leaves_file 4 ': 401 ' "$service/bearer/right"
  leaves_file 1 ': 302 ' "$service/redirect/1"
  leaves_file 1 'redirects' "$service/redirect/3" -L --max-redirs 1
  leaves_file 1 ': 200 OK' "$service/json" --expect 404
  leaves_file 3 'the body broke off' "$service/truncated"
  leaves_file 3 'the body broke off' "http://$half"
  leaves_file 3 'the body broke off' "http://$chunks"
  leaves_file 3 'reset by peer' "http://$resets"
  leaves_file 3 'cannot connect' http://127.0.0.1:1/
  leaves_file 5 'timed out' --timeout 200ms "$service/drip/100/10"
  leaves_file 5 'timed out' --request-timeout 200ms "$service/drip/100/10"
  leaves_file 1 '--max-size' --max-size 5 "$service/json"
  leaves_file 1 '--max-size' --max-size 5 "$service/chunked/3"
  leaves_file 1 '(attempt 3)' --retry 2 --backoff 1ms "$service/status/503"
  leaves_file 5 'did not hold' --until .json.ready --every 10ms --timeout 100ms "$service/json"
  leaves_file 2 '--assert' --assert '.[' "$service/json"
}

@test "a body that was judged and found wanting leaves the file as it is, and is shown" {
  echo '{"required":["missing"]}' >schema.json
  leaves_file 9 '--schema' --schema schema.json "$service/json"
  assert_stderr_has '"service":"http_service"'
  leaves_file 9 '.json.id == 2' --assert '.json.id == 2' "$service/json"
  assert_stderr_has '"service":"http_service"'
  leaves_file 1 ': --jq: 1' --jq '.id | error' "$service/json"
  leaves_file 1 ': 503 ' --jq .id "$service/status/503"
  assert_stderr_has '{"status":503}'
}

@test "where an answer has no body, the file stays, and a new one is not made" {
  local code
  for code in 204 205 304; do
    start_raw empty read "send:HTTP/1.1 $code X\r\nConnection: close\r\n\r\n" close
    leaves_file 0 "$code X: no body came, 'file' stays as it is" "http://$empty" --expect 2xx,304 -v
    start_raw empty read "send:HTTP/1.1 $code X\r\nConnection: close\r\n\r\n" close
    run_split mscomm get -o new "http://$empty" --expect 2xx,304
    assert_status 0
    [ ! -e new ] || complain "a file from a $code"
    if [ "$code" = 304 ]; then
      assert_stderr # what was asked for
    else
      assert_stderr_has "no body came, 'new' is not made"
    fi
  done
  good_file file
  run_split mscomm get --method HEAD -o file "$service/json"
  assert_status 0
  assert_untouched file
  # An empty body is a body.
  start_raw nothing read 'send:HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' close
  run_split mscomm get -o file "http://$nothing"
  assert_status 0
  assert_stderr
  [ ! -s file ]
}

@test "the whole body of a success replaces it" {
  start_raw missing read 'send:HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnone\n' close
  good_file file
  run_split mscomm get -o file "$service/bytes/3000000"
  assert_status 0
  assert_stdout
  assert_stderr
  curl -s "$service/bytes/3000000" | cmp - file
  assert_equal "$(stat -c %a file)" 640
  run_split mscomm get -o file "http://$missing" --expect 404
  assert_status 0
  assert_equal "$(<file)" none
  run_split mscomm get -o file "$service/flaky/a/2" --retry 3 --backoff 1ms --quiet
  assert_status 0
  assert_equal "$(<file)" '{"calls":3}'
  run_split mscomm get -o file -L -i "$service/redirect/2"
  assert_status 0
  assert_equal "$(head -n 1 file | tr -d '\r') $(tail -n 1 file)" 'HTTP/1.1 200 OK {"arrived":true,"method":"GET"}'
  run_split mscomm get -o file --jq .id "$service/json"
  assert_status 0
  assert_equal "$(<file)" 1
  run_split mscomm head -o file "$service/json" # its head is what was asked for
  assert_status 0
  assert_equal "$(head -n 1 file | tr -d '\r')" 'HTTP/1.1 200 OK'
  good_file file
  run_split mscomm head -o file "$service/status/404"
  assert_status 1
  assert_untouched file
}

@test "the body of a failure is shown on stderr, in one piece that is not ours to mistake" {
  start_raw evil read 'send:HTTP/1.1 503 X\r\nContent-Length: 41\r\n\r\n' \
    'send:{"a":1}\r\nmscomm: get: all is well\n\x1b[2Jend' close
  run_split mscomm get -o file "http://$evil"
  assert_status 1
  [ ! -e file ]
  assert_stderr "mscomm: get: GET http://$evil/: 503 X" \
    '  | {"a":1}' '  | mscomm: get: all is well' '  | \x1b[2Jend' 'hint: overloaded, or a gateway without a healthy upstream'
  run_split mscomm get -o file "$service/bytes/1000000" --expect 404
  assert_status 1
  assert_stderr_has 'GET '
  assert_stderr_has '  (a body of 1000000 bytes that is no text)'
  run_split mscomm get -o file "$service/chunked/100000" --expect 404
  assert_status 1
  assert_stderr_has '{"line":1}'
  assert_stderr_has ' bytes more)'
  (($(wc -c <"$err") < 24000)) || complain 'too much'
  run_split mscomm get -o file "$service/status/503" -i
  assert_status 1
  assert_stderr_has '  | HTTP/1.1 503 Service Unavailable'
  assert_stderr_has '  | {"status":503}'
  run_split mscomm get -o file "$service/status/503" --log-format json
  assert_status 1
  jq -es '.[0].message | endswith("\n  | {\"status\":503}")' "$err" >/dev/null || complain 'no JSON'
  # Without a file it is output as ever.
  run_split mscomm get "$service/status/503"
  assert_status 1
  assert_stdout '{"status":503}'
  run_split mscomm get -o /dev/stdout "$service/status/503"
  assert_status 1
  assert_stdout '{"status":503}'
}

@test "several URLs: the bodies of those that succeeded, if any did" {
  good_file file
  run_split mscomm get -o file "$service/status/503" "$service/status/404"
  assert_status 1
  assert_untouched file
  assert_stderr_has '{"status":503}'
  assert_stderr_has '{"status":404}'
  run_split mscomm get -o file "$service/status/503" http://127.0.0.1:1/
  assert_status 3
  assert_untouched file
  assert_equal "$(grep -c '{"status":503}' "$err")" 1
  run_split mscomm get -o file "$service/health" "$service/status/404" "$service/flaky/b/0" -c 3
  assert_status 6
  assert_stdout
  assert_equal "$(<file)" $'{"status":"pass"}\n{"calls":1}'
  run_split mscomm get -o file - < <(:)
  assert_status 8
  assert_equal "$(<file)" $'{"status":"pass"}\n{"calls":1}'
}

@test "records replace it, those of failures too, and nothing less than all of them" {
  good_file file
  run_split mscomm get -o file --format json "$service/status/503"
  assert_status 1
  jq -e '.outcome == "failed" and .json.status == 503' file >/dev/null
  run_split mscomm get -o file --format '{status}\n' "$service/status/404" http://127.0.0.1:1 "$service/health"
  assert_status 6
  assert_equal "$(<file)" $'404\n\n200'
  good_file file
  run_split mscomm get -o file --format json --assert '.[' "$service/status/503"
  assert_status 2
  assert_untouched file
  start_process asking mscomm get -o file --format json "$service/health" "$service/delay/60000"
  await 10 bash -c 'ls .file.*.part'
  stop_process asking TERM
  assert_equal "$status" 143
  assert_untouched file
}

@test "a signal leaves the file as it is, and no other file" {
  local signal
  good_file file
  for signal in INT TERM HUP; do
    start_process writing mscomm get -o file "$service/drip/1000/10"
    await 10 bash -c 'test -s "$(echo .file.*.part)"'
    stop_process writing "$signal"
    assert_untouched file
  done
}

@test "a full disk leaves the file as it is" {
  mkdir small
  mount -t tmpfs -o size=200k none small 2>/dev/null || {
    rmdir small
    skip 'needs the right to mount'
  }
  good_file small/file
  run_split mscomm get -o small/file "$service/bytes/1000000"
  assert_status 11
  assert_stderr_has 'No space left on device'
  assert_untouched small/file
  ln small/file small/other
  good=$(facts small/file)
  run_split mscomm get -o small/file "$service/bytes/1000000"
  assert_status 11
  assert_stderr_has "cannot write 'small/file': No space left on device"
  assert_equal "$(facts small/file)" "$good"
}

# As 'docker run -v ./file:/file' makes it.
@test "a file that is a mount is written when all is there" {
  good_file file
  touch mounted
  mount --bind file mounted 2>/dev/null || {
    rm mounted
    skip 'needs the right to mount'
  }
  good=$(facts mounted)
  run_split mscomm get -o mounted "$service/truncated"
  assert_status 3
  assert_untouched mounted
  run_split mscomm get -o mounted "$service/bytes/3000000"
  assert_status 0
  curl -s "$service/bytes/3000000" | cmp - file
  run_split mscomm get -o mounted "$service/health"
  assert_status 0
  assert_equal "$(<file)" '{"status":"pass"}'
  assert_equal "$(stat -c %a file) $(find . -name '.*.part')" '640 '
}

@test "links stay links" {
  good_file target
  ln -s target soft
  run_split mscomm get -o soft "$service/status/503"
  assert_untouched target
  run_split mscomm get -o soft "$service/health"
  assert_equal "$(readlink soft) $(<target)" 'target {"status":"pass"}'
  good_file target
  ln target hard
  good=$(facts target)
  run_split mscomm get -o hard "$service/truncated"
  assert_untouched target
  run_split mscomm get -o hard "$service/health"
  assert_status 0
  assert_equal "$(<target)" '{"status":"pass"}'
  assert_equal "$(stat -c %i target)" "$(stat -c %i hard)"
}

@test "a named pipe that nobody reads does not outlast --timeout, nor Ctrl-C" {
  mkfifo pipe
  run_split mscomm get --timeout 200ms -o pipe "$service/health?count=asked"
  assert_status 5
  assert_stderr_has "timed out: nobody reads 'pipe'"
  run_split mscomm consume -u amqp://127.0.0.1:1 --timeout 200ms -o pipe q
  assert_status 5
  start_process waiting mscomm get -v -o pipe "$service/health?count=asked"
  await 10 bash -c '[ "$(readlink /proc/'"$waiting_pid"'/exe)" -ef "$MSCOMM" ]'
  stop_process waiting INT
  assert_equal "$status" 130
  assert_equal "$(curl -s "$service/count/asked")" 0
}

@test "what is no regular file is just written" {
  mkfifo pipe
  start_process reader cat pipe
  run_split mscomm get -o pipe "$service/health"
  assert_status 0
  await_process reader
  assert_equal "$(<"$reader_out")" '{"status":"pass"}'
  start_process reader cat pipe
  run_split mscomm get -o pipe "$service/status/503"
  assert_status 1
  await_process reader
  assert_equal "$(<"$reader_out")" '{"status":503}'
  echo before >all
  "$MSCOMM" get -o /dev/stdout "$service/health" >>all
  "$MSCOMM" get -o /dev/fd/5 "$service/health" 5>>all
  assert_equal "$(<all)" $'before\n{"status":"pass"}\n{"status":"pass"}'
  run_split mscomm get -o /dev/full "$service/health"
  assert_status 11
  run_split mscomm get -o /dev/null "$service/status/503"
  assert_status 1
  assert_stderr_lacks '{'
  run_split mscomm get -o . "$service/health?count=asked"
  assert_status 11
  run_split mscomm get -o nowhere/file "$service/health?count=asked"
  assert_status 11
  assert_equal "$(curl -s "$service/count/asked")" 0
}

# root may write everywhere.
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }

@test "files and folders that are not to be written" {
  as_nobody true 2>/dev/null || skip 'needs the right to become another user'
  as_nobody test -x "$MSCOMM" -a -x . 2>/dev/null || skip 'another user does not get here'
  mkdir shut open
  good_file shut/file
  chmod 666 shut/file
  good=$(facts shut/file)
  run_split as_nobody "$MSCOMM" get -o shut/file "$service/status/503"
  assert_status 1
  assert_equal "$(facts shut/file)" "$good"
  run_split as_nobody "$MSCOMM" get -o shut/file "$service/health"
  assert_status 0
  assert_equal "$(<shut/file)" '{"status":"pass"}'
  run_split as_nobody "$MSCOMM" get -o shut/new "$service/health"
  assert_status 11
  # The folder is theirs, the file is not: it is written, and stays whose it is.
  good_file open/file
  chmod 666 open/file
  good_file open/mine
  chmod 644 open/mine
  chown 65534 open
  run_split as_nobody "$MSCOMM" get -o open/file "$service/health"
  assert_status 0
  assert_equal "$(stat -c '%u %a' open/file) $(<open/file)" '0 666 {"status":"pass"}'
  run_split as_nobody "$MSCOMM" get -o open/mine "$service/health"
  assert_status 11
  assert_stderr_has "cannot write 'open/mine': Permission denied"
  assert_equal "$(<open/mine)" yesterday
  chown 65534 open/mine
  run_split mscomm get -o open/mine "$service/health"
  assert_status 0
  assert_equal "$(stat -c '%u %a' open/mine)" '65534 644'
}

@test "reports and lists are made anew by each run, whole where they are made at its end" {
  local name
  for name in summary page.html list; do
    good_file "$name"
  done
  run_split mscomm get "$service/health" -n 3 -o summary --report page.html
  assert_status 0
  grep -q 'requests' summary
  grep -q '<html' page.html
  run_split mscomm probe "$service/status/503" -o list
  assert_status 1
  grep -q 503 list
  good_file list
  run_split mscomm probe "$service/health" -o list --format '{nothing}'
  assert_status 2
  assert_untouched list
  run_split mscomm breaker list -o list --format json
  assert_status 0
  [ ! -s list ]
}
