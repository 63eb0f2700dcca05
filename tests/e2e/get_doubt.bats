#!/usr/bin/env bats
# What was sent and not answered is in doubt; an answer that began counts for what it says.
#
# shellcheck disable=SC2016,SC2034,SC2154  # check_table() expands what stands in single quotes

bats_require_minimum_version 1.5.0
load helper

ok='send:HTTP/1.1 200 OK\r\n'
no='send:HTTP/1.1 503 Service Unavailable\r\n'
two='Content-Length: 2\r\n\r\nok'
cut='Content-Length: 9\r\n\r\nab'
h2='send:\x00\x00\x00\x04\x00\x00\x00\x00\x00' # its SETTINGS

setup() {
  setup_test
  MSCOMM_TEST_TIMEOUT=10
  ln -s "$MSCOMM_TEST_TLS_DIR" tls
}

@test "a POST without a status that can be read is in doubt, a GET is not" {
  local long='aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
  check_table play <<'ROWS'
garbage             | read read:1 'send:220 mail.example ESMTP\r\n' close     | post -d x $http | 7 | - | the answer is not HTTP
garbage, patch      | read read:1 'send:220 mail.example ESMTP\r\n' close     | patch -d x $http | 7 | - | the answer is not HTTP
garbage, put        | read read:1 'send:220 mail.example ESMTP\r\n' close     | put -d x $http | 3 | - | the answer is not HTTP
garbage, get        | read 'send:220 mail.example ESMTP\r\n' close     | get $http | 3 | - | the answer is not HTTP
HTTP/0.9            | read read:1 'send:<html>hi</html>' close                | post -d x $http | 7 | - | hint: the service may have done it all the same; the server may want https://
bytes without end   | read read:1 "forever:$long"                             | post -d x $http | 7 | - | the answer is not HTTP
HTTP/9.9            | read read:1 "send:HTTP/9.9 200 OK\r\n$two" close        | post -d x $http | 7 | - | unsupported HTTP version
no status           | read read:1 "send:HTTP/1.1\r\n$two" close               | post -d x $http | 7 | - | the answer is not HTTP
status 99           | read read:1 "send:HTTP/1.1 099 OK\r\n$two" close        | post -d x $http | 7 | - | the answer is not HTTP
status 2000         | read read:1 "send:HTTP/1.1 2000 OK\r\n$two" close       | post -d x $http | 7 | - | the answer is not HTTP
NUL in a header     | read read:1 "${ok}X-A: b\x00c\r\n$two" close            | post -d x $http | 7 | - | nul byte in header
NUL in the status   | read read:1 "send:HTTP/1.1 200 O\x00K\r\n$two" close    | post -d x $http | 7 | - | nul byte in header
no colon            | read read:1 "${ok}nonsense\r\n$two" close               | post -d x $http | 7 | - | header without colon
a folded header     | read read:1 "${ok} X-A: b\r\n$two" close                | post -d x $http | 7 | - | a header is malformed
two status lines    | read read:1 "${ok}HTTP/1.1 500 Oh\r\n$two" close        | post -d x $http | 7 | - | the answer is not HTTP
half a head         | read read:1 "${ok}X-A: b\r\n" close                     | post -d x $http | 7 | - | broke off within its headers
103 and no more     | read read:1 'send:HTTP/1.1 103 Early Hints\r\n\r\n' close | post -d x $http | 7 | - | without an answer
a line without end  | read read:1 "${ok}X: " "forever:$long"                  | post -d x $http | 7 | - | the headers are too large
headers without end | read read:1 "$ok" "forever:X: $long\r\n"                | post -d x $http | 7 | - | the headers are too large
the same, get       | read "$ok" "forever:X: $long\r\n"                | get $http | 1 | - | the headers are too large
no answer           | read read:1 close                                       | post -d x $http | 7 | - | without an answer
reset while sending | read:1 reset                                     | post -d x $http | 7 | - | the connection was lost
a form              | read 'send:nonsense\r\n' close                   | post --form a=b $http | 7 | - | the answer is not HTTP
no body             | read 'send:nonsense\r\n' close                   | post $http | 7 | - | the answer is not HTTP
another method      | read 'send:nonsense\r\n' close                   | get --method LINK $http | 7 | - | the answer is not HTTP
in the record       | read read:1 'send:nonsense\r\n' close                   | post -d x --format json $http | 7 | ?jq -e '.outcome=="in_doubt" and .status==null' | not HTTP
over TLS            | tls:tls/server read 'send:nonsense\r\n' end      | post -d x --tls-ca tls/ca.pem $https | 7 | - | the answer is not HTTP
HTTP/2, no frame    | read:24 'send:\xff\xff\xff\xff\xff\xff\xff\xff\xff' hang | post -d x --http2 $http | 7 | - | POST http
HTTP/2, HTTP/1.1    | read:24 "$ok$two" hang                           | post -d x --http2 $http | 7 | - | POST http
in the handshake    | read:50 reset                                    | post -d x $https | 3 | - | TLS handshake failed
plain for TLS       | read:50 "$ok$two" close                          | post -d x $https | 3 | - | TLS handshake failed
ROWS
}

@test "once a status has said no, it is that, whatever becomes of the body" {
  check_table play <<'ROWS'
cut                 | read "$no$cut" close             | get $http                 | 1 | =ab | : 503 Service Unavailable, and the body broke off after 2 bytes
cut, post           | read read:1 "$no$cut" close             | post -d x $http           | 1 | =ab | : 503 Service Unavailable, and the body broke off after 2 bytes
reset               | read read:1 "$no$cut" reset             | post -d x $http           | 1 | *   | : 503 Service Unavailable, and the body broke off
its chunks          | read read:1 "${no}Transfer-Encoding: chunked\r\n\r\nzz\r\n" close | post -d x $http | 1 | - | : 503 Service Unavailable, and
its length          | read read:1 "${no}Content-Length: 1\r\nContent-Length: 2\r\n\r\n" close     | post -d x $http | 1 | - | : 503 Service Unavailable, and the answer is not HTTP: invalid Content-Length
its coding          | read read:1 "${no}Content-Encoding: gzip\r\n$two" close | post -d x --compressed $http | 1 | - | : 503 Service Unavailable, and the body cannot be unpacked
its size            | read read:1 "${no}Content-Length: 9\r\n\r\n123456789" close | post -d x --max-size 1 $http | 1 | - | : 503 Service Unavailable, and the body of 9 bytes is larger
its time            | read read:1 "$no$cut" hang              | post -d x --stall-timeout 300ms $http | 1 | =ab | : 503 Service Unavailable, and timed out
401                 | read "send:HTTP/1.1 401 No\r\n$cut" close       | get $http | 4 | =ab | : 401 No, and the body broke off
302                 | read "send:HTTP/1.1 302 Found\r\nLocation: /x\r\n$cut" close | get -L $http | 1 | - | : 302 Found, and the body broke off
unexpected          | read "$ok$cut" close             | get --expect 404 $http    | 1 | =ab | : 200 OK, and the body broke off
expected            | read "$no$cut" close             | get --expect 503 $http    | 3 | =ab | : the body broke off after 2 bytes
expected, post      | read read:1 "$no$cut" close             | post -d x --expect 503 $http | 7 | =ab | hint: the service has answered 503, so it may well have done it
yes                 | read "$ok$cut" close             | get $http                 | 3 | =ab | : the body broke off after 2 bytes
yes, post           | read read:1 "$ok$cut" close             | post -d x $http           | 7 | =ab | hint: the service has answered 200
yes, its length     | read read:1 "${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\n" close     | post -d x $http | 7 | - | invalid Content-Length
yes, its time       | read read:1 "$ok$cut" hang              | post -d x --stall-timeout 300ms $http | 7 | =ab | timed out while receiving the body
yes, its size       | read read:1 "${ok}Content-Length: 9\r\n\r\n123456789" close | post -d x --max-size 1 $http | 1 | - | larger than --max-size
a record            | read "$no$cut" close             | get --format json $http   | 1 | ?jq -e '.outcome=="failed" and .status==503 and .body=="ab"' | 503
a file              | read "$no$cut" close             | get -o new $http          | 1 | -   | : 503 Service Unavailable, and the body broke off
a full disk         | read "$no$two" hang              | get -o /dev/full --expect 503 $http | 11 | - | No space left
ROWS
  [ ! -e new ]
}

@test "retries, polls, the breaker, several URLs and load see an answer that was cut for what it is" {
  check_table play <<'ROWS'
by its status       | read "$no$cut" close  | get --retry 1 --retry-on 503 --backoff 1ms $http   | 1 | =ab | (attempt 2)
by its fault        | read "$no$cut" close  | get --retry 1 --retry-on reset --backoff 1ms $http | 1 | =ab | (attempt 2)
by neither          | read "$no$cut" close  | get --retry 1 --retry-on 500 --backoff 1ms $http   | 1 | =ab | ?! grep -q attempt
when it says        | read "${no}Retry-After: 86400\r\n$cut" close | get --retry 1 --backoff 1ms $http | 1 | =ab | which is too late
a POST, unsafe      | read read:1 'send:nonsense\r\n' close | post -d x --retry 1 --retry-unsafe --backoff 1ms $http | 7 | - | not HTTP
polled              | read "$no$cut" close  | get --until '.status == 503' --every 10ms $http    | 3 | * | the body broke off
counted             | read "$no$cut" close  | get --breaker=a --breaker-on 503 --breaker-consecutive 1 $http | 1 | =ab | 503
open                | read "$no$cut" close  | get --breaker=a --breaker-on 503 --breaker-consecutive 1 $http | 10 | - | circuit
several             | read read:1 'send:nonsense\r\n' close | post -d x $http/1 $http/2 | 7 | - | /2: the answer is not HTTP
load                | read read:1 'send:nonsense\r\n' close | post -d x -n 3 --format json $http | 7 | ?jq -e '.failures|keys==["protocol"]' | not HTTP
load, it said no    | read read:1 "$no$cut" close  | post -d x -n 3 $http | 1 | 503 | 503 Service Unavailable, and
ROWS
}

@test "a POST is not sent again though its kept connection has ended and no other can be made" {
  start_raw gone read read:1 "$ok$two" read read:1 deaf close
  run_split mscomm post "$gone/1" "$gone/2" -d x --retry 2 --backoff 1ms --format '{outcome} {attempts}\n'
  assert_status 7
  assert_stdout 'ok 1' 'in_doubt 1'
  stop_process gone
  start_raw gone read "$ok$two" read deaf close
  run_split mscomm get "$gone/1" "$gone/2" --format '{outcome}\n'
  assert_stdout ok unreachable
  assert_stderr_has 'the connection ended without an answer, and then cannot connect: Connection refused'
}

@test "a POST that was answered with where to look is in doubt when that cannot be seen" {
  check_table play <<'ROWS'
refused    | read read:1 'send:HTTP/1.1 303 See Other\r\nLocation: http://127.0.0.1:1/\r\n'"$two" close | post -d x -L $http | 7 | - | hint: the POST was answered with 303, so it may well be done
302        | read read:1 'send:HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n'"$two" close     | post -d x -L $http | 7 | - | cannot connect
not done   | read read:1 'send:HTTP/1.1 307 There\r\nLocation: http://127.0.0.1:1/\r\n'"$two" close     | post -d x -L $http | 3 | - | cannot connect
a PUT      | read read:1 'send:HTTP/1.1 303 See Other\r\nLocation: http://127.0.0.1:1/\r\n'"$two" close | put -d x -L $http | 3 | - | cannot connect
ROWS
}

@test "a probe sees an answer that was cut for what it is, too" {
  check_table play <<'ROWS'
it said no     | read "$no$cut" close | probe $http               | 1 | 503 Service Unavailable, and | *
it said yes    | read "$ok$cut" close | probe $http               | 3 | the body broke off after 2 bytes | *
as expected    | read "$no$cut" close | probe --expect 503 $http  | 3 | the body broke off after 2 bytes | *
whole          | read "$no$two" hang  | probe $http               | 1 | 503 Service Unavailable | *
empty Location | read "send:HTTP/1.1 302 Found\r\nLocation:\r\n$two" hang | probe $http | 1 | 302 Found | ?! grep -q 'it redirects to'
ROWS
}

@test "an empty Location leads nowhere, and that is said" {
  check_table play <<'ROWS'
followed  | read "send:HTTP/1.1 302 Found\r\nLocation:\r\n$two" close     | get -L $http | 1 | =ok | : 302 Found
blanks    | read "send:HTTP/1.1 302 Found\r\nLocation: \t\r\n$two" close  | get -L $http | 1 | =ok | hint: it does not say where to
as it is  | read "send:HTTP/1.1 308 Moved\r\nLocation:\r\n$two" close     | get $http    | 1 | =ok | hint: it does not say where to
missing   | read "send:HTTP/1.1 307 There\r\n$two" close                  | get -L $http | 1 | =ok | hint: it does not say where to
expected  | read "send:HTTP/1.1 302 Found\r\nLocation:\r\n$two" close     | get -L --expect 302 $http | 0 | =ok | -
a POST    | read read:1 "send:HTTP/1.1 303 Found\r\nLocation:\r\n$two" close     | post -d x -L $http | 1 | =ok | : 303 Found
ROWS
}
