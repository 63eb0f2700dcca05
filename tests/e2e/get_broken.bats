#!/usr/bin/env bats
# get and answers that no correct server sends: each ends soon, is told, and is no success.
#
# shellcheck disable=SC2016,SC2034,SC2154  # check_table() expands what stands in single quotes

bats_require_minimum_version 1.5.0
load helper

ok='send:HTTP/1.1 200 OK\r\n'
chunked='send:HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
two='Content-Length: 2\r\n\r\nok'
h2='send:\x00\x00\x00\x04\x00\x00\x00\x00\x00' # its SETTINGS

setup() {
  setup_test
  MSCOMM_TEST_TIMEOUT=10
  ln -s "$MSCOMM_TEST_TLS_DIR" tls
}

@test "the connection ends, in each phase" {
  check_table play <<'ROWS'
reset in the request         | read:1 reset                                 | get $http | 3 | - | the connection was lost: Connection reset by peer
closed at once               | read close                                   | get $http | 3 | - | closed the connection without an answer
reset before the answer      | read reset                                   | get $http | 3 | - | the connection was lost: Connection reset by peer
in the status line           | read 'send:HTTP/1.1 20' close                | get $http | 3 | - | closed the connection without an answer
after the status line        | read "$ok" close                             | get $http | 3 | - | the answer broke off within its headers
after it, reset              | read "$ok" reset                             | get $http | 3 | - | the connection was lost
in a header                  | read "${ok}X-A" close                        | get $http | 3 | - | the answer broke off within its headers
after a header               | read "${ok}X-A: b\r\n" close                 | get $http | 3 | - | the answer broke off within its headers
after a header, --expect     | read "${ok}X-A: b\r\n" close                 | get --expect 100-999 $http | 3 | - | the answer broke off within its headers
after a header, record       | read "${ok}X-A: b\r\n" close                 | get --format json $http | 3 | ?jq -e '.outcome=="unreachable" and .status==null and .headers==null' | broke off
after a header, again        | read "${ok}X-A: b\r\n" close                 | get --retry 1 --backoff 1ms $http | 3 | - | (attempt 2)
after a header, HEAD         | read "${ok}X-A: b\r\n" close                 | head $http | 3 | - | the answer broke off within its headers
after 103                    | read 'send:HTTP/1.1 103 Early Hints\r\n\r\n' close | get $http | 3 | - | closed the connection without an answer
before the body              | read "${ok}Content-Length: 3\r\n\r\n" close  | get $http | 3 | - | the body broke off after 0 bytes
in the body                  | read "${ok}Content-Length: 3\r\n\r\nab" close | get $http | 3 | =ab | the body broke off after 2 bytes
in the body, reset           | read "${ok}Content-Length: 3\r\n\r\nab" reset | get $http | 3 | * | Connection reset by peer
a body until the end, reset  | read "${ok}\r\nab" reset                     | get $http | 3 | * | Connection reset by peer
a body until the end         | read "${ok}\r\nab" close                     | get $http | 0 | =ab | -
in a chunk's size            | read "${chunked}2\r\nab\r\n1" close          | get $http | 3 | =ab | the body broke off after 2 bytes
in a chunk's size, reset     | read "${chunked}2\r\nab\r\n1" reset          | get $http | 3 | * | Connection reset by peer
in a chunk                   | read "${chunked}20\r\nab" close              | get $http | 3 | =ab | the body broke off after 2 bytes
before the last chunk        | read "${chunked}2\r\nab\r\n" close           | get $http | 3 | =ab | the body broke off after 2 bytes
in the last chunk            | read "${chunked}2\r\nab\r\n0\r\n" close      | get $http | 3 | =ab | the body broke off after 2 bytes
in the trailers              | read "${chunked}2\r\nab\r\n0\r\nX: 1\r\n" close | get $http | 3 | =ab | the body broke off after 2 bytes
in the trailers, reset       | read "${chunked}2\r\nab\r\n0\r\nX: 1\r\n" reset | get $http | 3 | * | Connection reset by peer
TLS: reset in the handshake  | read:50 reset                                | get $https | 3 | - | TLS handshake failed
TLS: closed in the handshake | read:50 close                                | get $https | 3 | - | TLS handshake failed
TLS: half a ServerHello      | read:50 'send:\x16\x03\x03\x00\x40\x02\x00' close | get $https | 3 | - | TLS handshake failed
TLS: an alert                | read:50 'send:\x15\x03\x03\x00\x02\x02\x28' close | get $https | 3 | - | handshake failure
TLS: silence                 | read:50 hang                                 | get --connect-timeout 300ms $https | 5 | - | waiting for the TLS handshake
TLS: no answer               | tls:tls/server read close                    | get --tls-ca tls/ca.pem $https | 3 | - | closed the connection without an answer
TLS: in the body             | tls:tls/server read "${ok}Content-Length: 3\r\n\r\nab" close | get --tls-ca tls/ca.pem $https | 3 | =ab | the body broke off after 2 bytes
HTTP/2: closed               | read:24 close                                | get --http2 $http | 3 | - | GET http
HTTP/2: silence              | read:24 "$h2" hang                           | get --http2 --timeout 300ms $http | 5 | - | waiting for the response
HTTP/2: GOAWAY               | read:24 "$h2" 'send:\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02' close | get --http2 $http | 3 | - | GET http
HTTP/2: RST_STREAM           | read:24 "$h2" read:80 'send:\x00\x00\x04\x03\x00\x00\x00\x00\x01\x00\x00\x00\x02' hang | get --http2 $http | 3 | - | INTERNAL_ERROR
HTTP/2: no frame             | read:24 'send:\xff\xff\xff\xff\xff\xff\xff\xff\xff' hang | get --http2 $http | 3 | - | GET http
HTTP/2: HTTP/1.1 instead     | read:24 "$ok$two" hang                       | get --http2 $http | 3 | - | GET http
ROWS
}

@test "lengths and chunks that make no sense" {
  check_table play <<'ROWS'
negative                  | read "${ok}Content-Length: -3\r\n\r\nabc" close   | get $http | 3 | - | invalid Content-Length
negative zero             | read "${ok}Content-Length: -0\r\n\r\nabc" close   | get $http | 3 | - | invalid Content-Length
no number                 | read "${ok}Content-Length: abc\r\n\r\nabc" close  | get $http | 3 | - | invalid Content-Length
empty                     | read "${ok}Content-Length:\r\n\r\nabc" close      | get $http | 3 | - | invalid Content-Length
a sign                    | read "${ok}Content-Length: +3\r\n\r\nabc" close   | get $http | 3 | - | invalid Content-Length: +3
hexadecimal               | read "${ok}Content-Length: 0x3\r\n\r\nabc" close  | get $http | 3 | - | invalid Content-Length: 0x3
something behind it       | read "${ok}Content-Length: 3x\r\n\r\nabc" close   | get $http | 3 | - | invalid Content-Length: 3x
beyond 64 bits            | read "${ok}Content-Length: 99999999999999999999\r\n\r\nabc" close | get $http | 3 | - | invalid Content-Length: 99999999999999999999
far too much              | read "${ok}Content-Length: 9223372036854775807\r\n\r\nabc" close  | get $http | 3 | =abc | the body broke off after 3 bytes
two that differ           | read "${ok}Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde" close | get $http | 3 | - | invalid Content-Length: 3, 5
a list that differs       | read "${ok}Content-Length: 3, 5\r\n\r\nabcde" close | get $http | 3 | - | invalid Content-Length: 3, 5
two of the same           | read "${ok}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc" close | get $http | 0 | =abc | -
less than there is        | read "${ok}Content-Length: 3\r\n\r\nabcdef" close | get $http | 0 | =abc | -
--max-size and nonsense   | read "${ok}Content-Length: -3\r\n\r\nabc" close   | get --max-size 1KB $http | 3 | - | invalid Content-Length
contradicts the chunks    | read "${ok}Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" hang | get $http | 0 | =abc | -
contradicts, after them   | read "${ok}Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n3\r\nabc\r\n0\r\n\r\n" hang | get $http | 0 | =abc | -
unknown transfer encoding | read "${ok}Transfer-Encoding: secret\r\n\r\nabc" close | get $http | 3 | - | the body cannot be unpacked
a chunk without a size    | read "${chunked}\r\nabc" close                    | get $http | 3 | - | chunked-encoding
a size that is no number  | read "${chunked}xyz\r\nabc" close                 | get $http | 3 | - | chunked-encoding
a negative size           | read "${chunked}-3\r\nabc" close                  | get $http | 3 | - | chunked-encoding
a size beyond 64 bits     | read "${chunked}ffffffffffffffff0\r\nabc" close   | get $http | 3 | - | chunked-encoding
a size that wraps         | read "${chunked}ffffffffffffffff\r\nabc" close    | get $http | 3 | - | chunked-encoding
a size far too large      | read "${chunked}7fffffffffffffff\r\nabc" close    | get $http | 3 | =abc | the body broke off after 3 bytes
a size with 0x            | read "${chunked}0x3\r\nabc\r\n0\r\n\r\n" close    | get $http | 3 | - | the answer is not HTTP
more than its size        | read "${chunked}3\r\nabcdef\r\n0\r\n\r\n" close   | get $http | 3 | =abc | chunked-encoding
chunks, no end to one     | read "${chunked}3;" 'forever:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' | get --stall-timeout 1s $http | 5 | - | --stall-timeout
not gzip                  | read "${ok}Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc" close | get --compressed $http | 3 | - | the body cannot be unpacked
not gzip, not unpacked    | read "${ok}Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc" close | get $http | 0 | =abc | -
unknown encoding          | read "${ok}Content-Encoding: secret\r\nContent-Length: 3\r\n\r\nabc" close | get --compressed $http | 3 | - | the body cannot be unpacked
seven times gzip          | read "${ok}Content-Encoding: gzip,gzip,gzip,gzip,gzip,gzip,gzip\r\nContent-Length: 3\r\n\r\nabc" close | get --compressed $http | 3 | - | the body cannot be unpacked
204 with a body           | read "send:HTTP/1.1 204 No Content\r\n$two" hang  | get $http | 0 | - | -
304 with a length         | read 'send:HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n' hang | get --expect 304 $http | 0 | - | -
ROWS
}

@test "heads that make no sense" {
  local long='aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
  check_table play <<'ROWS'
HTTP/0.9              | read 'send:<html>hi</html>' close              | get $http | 3 | - | hint: the server may want https://
no line, no end       | read "forever:$long"                           | get $http | 3 | - | the answer is not HTTP
says it is HTTP/0.9   | read "send:HTTP/0.9 200 OK\r\n$two" close      | get $http | 3 | - | unsupported HTTP version (0.9)
HTTP/9.9              | read "send:HTTP/9.9 200 OK\r\n$two" close      | get $http | 3 | - | unsupported HTTP version (9.9)
no version            | read "send:HTTP/ 200 OK\r\n$two" close         | get $http | 3 | - | the answer is not HTTP
no status             | read "send:HTTP/1.1\r\n$two" close             | get $http | 3 | - | the answer is not HTTP
a word as status      | read "send:HTTP/1.1 abc OK\r\n$two" close      | get $http | 3 | - | the answer is not HTTP
status 0              | read "send:HTTP/1.1 000 OK\r\n$two" close      | get --expect 100-999 $http | 3 | - | the answer is not HTTP
status 99             | read "send:HTTP/1.1 099 OK\r\n$two" close      | get $http | 3 | - | the answer is not HTTP
a negative status     | read "send:HTTP/1.1 -200 OK\r\n$two" close     | get $http | 3 | - | the answer is not HTTP
status 2000           | read "send:HTTP/1.1 2000 OK\r\n$two" close     | get $http | 3 | - | the answer is not HTTP
status 600            | read "send:HTTP/1.1 600 Odd\r\n$two" close     | get $http | 1 | =ok | : 600 Odd
status without words  | read "send:HTTP/1.1 200\r\n$two" close         | get -i $http | 0 | =HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok | -
escapes in words      | read "send:HTTP/1.1 404 \x1b[31mred\r\n$two" close | get $http | 1 | =ok | 404 \x1b[31mred
bytes in words        | read "send:HTTP/1.1 404 Caf\xe9\r\n$two" close | get --format json $http | 1 | ?jq -e '.reason=="Caf\\xe9" and (.error|endswith("404 Caf\\xe9"))' | 404 Caf\xe9
escapes in a name     | read "${ok}X\x1b[31m: b\r\n$two" close      | get --format text $http | 0 | X\x1b[31m: b | -
no carriage returns   | read 'send:HTTP/1.1 200 OK\nContent-Length: 2\n\nok' close | get $http | 0 | =ok | -
a header in a header  | read "${ok}X-A: b\r\n Set-Cookie: c\r\n$two" close | get --format json $http | 0 | ?jq -e '.headers|.["x-a"]=="b Set-Cookie: c" and (has("set-cookie")|not)' | -
a Location in one     | read "send:HTTP/1.1 302 Found\r\nX-A: b\r\n\tLocation: http://127.0.0.1:1/\r\n$two" close | get -L $http | 1 | =ok | : 302 Found
the first is folded   | read "${ok} X-A: b\r\n$two" close              | get $http | 3 | - | a header is malformed
a second status line  | read "${ok}HTTP/1.1 500 Oh\r\n$two" close      | get $http | 3 | - | the answer is not HTTP
one that is a header  | read "${ok}HTTP/1.1 500: Oh\r\n$two" close     | get $http | 0 | =ok | -
NUL in a value        | read "${ok}X-A: b\x00c\r\n$two" close          | get $http | 3 | - | nul byte in header
NUL in a name         | read "${ok}X\x00A: b\r\n$two" close            | get $http | 3 | - | nul byte in header
NUL in the status     | read "send:HTTP/1.1 200 O\x00K\r\n$two" close  | get $http | 3 | - | nul byte in header
no colon              | read "${ok}nonsense\r\n$two" close             | get $http | 3 | - | header without colon
a blank before it     | read "${ok}X-A : b\r\n$two" close              | get --format json $http | 0 | ?jq -e '.headers["x-a"]=="b"' | -
no name               | read "${ok}: b\r\n$two" close                  | get $http | 0 | =ok | -
50 KB in a line       | read "${ok}X: " "repeat:800:$long" "send:\r\n$two" close  | get $http | 0 | =ok | -
200 KB in a line      | read "${ok}X: " "repeat:3200:$long" "send:\r\n$two" close | get $http | 1 | - | the headers are too large
a line without end    | read "${ok}X: " "forever:$long"                | get $http | 1 | - | the headers are too large
a status without end  | read 'send:HTTP/1.1 404 ' "forever:$long"      | get $http | 1 | - | the headers are too large
headers without end   | read "$ok" "forever:X: $long\r\n"              | get $http | 1 | - | the headers are too large
trailers without end  | read "${chunked}2\r\nok\r\n0\r\n" "forever:X: $long\r\n" | get $http | 1 | * | the headers are too large
trailers              | read "${chunked}2\r\nok\r\n0\r\nX: b\r\n\r\n" hang | get -i $http | 0 | =HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nok | -
100, 102, 103 and 200 | read 'send:HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n' 'repeat:9:HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n' "$ok$two" hang | get -i $http | 0 | =HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok | -
199 and 200           | read 'send:HTTP/1.1 199 Odd\r\n\r\n' "$ok$two" hang | get $http | 0 | =ok | -
100 without end       | read 'forever:HTTP/1.1 100 Continue\r\n\r\n'   | get $http | 1 | - | the headers are too large
103 without end       | read 'forever:HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n' | get $http | 1 | - | the headers are too large
103 and silence       | read 'send:HTTP/1.1 103 Early Hints\r\n\r\n' hang | get --timeout 300ms $http | 5 | - | timed out while waiting for the response
101, unasked          | read 'send:HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nother' hang | get $http | 1 | - | : 101 Switching Protocols
101, as expected      | read 'send:HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nother' hang | get --expect 101 -H 'Upgrade: x' -H 'Connection: Upgrade' $http | 0 | - | -
slow loris            | read "$ok" 'drip:20:X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' | get --timeout 300ms $http | 5 | - | timed out
a bad Location        | read "send:HTTP/1.1 302 Found\r\nLocation: http://[::bad/\r\n$two" close | get -L $http | 1 | - | which is not an HTTP URL
an empty Location     | read "send:HTTP/1.1 302 Found\r\nLocation:\r\n$two" close | get -L $http | 1 | =ok | hint: it does not say where to: its Location is empty
two Locations         | read "send:HTTP/1.1 302 Found\r\nLocation: /a\r\nLocation: /b\r\n$two" close | get -L --max-redirs 0 $http | 1 | - | /a
NUL in the Location   | read "send:HTTP/1.1 302 Found\r\nLocation: /a\x00b\r\n$two" close | get -L $http | 3 | - | nul byte in header
Retry-After, year 9999 | read "send:HTTP/1.1 503 X\r\nRetry-After: Fri, 01 Jan 9999 00:00:00 GMT\r\n$two" close | get --retry 1 --backoff 1ms $http | 1 | =ok | which is too late
Retry-After, no number | read "send:HTTP/1.1 503 X\r\nRetry-After: -1\r\n$two" close | get --retry 1 --backoff 1ms $http | 1 | =ok | (attempt 2)
ROWS
}

measured() { # ARGUMENTS of get: its exit status, and how much memory it took at most
  run_split /usr/bin/python3 "$tests_root/support/measure.py" peak "$MSCOMM" get --compressed "$@"
  status=$(sed -n 's/^exit //p' peak)
  local -i limit_kib=$((30000 + allowed_kib))
  ! grep -qa __asan_init "$MSCOMM" || limit_kib+=300000 # a sanitizer's shadow and quarantine
  (($(sed -n 's/^rss_kib //p' peak) < limit_kib)) || complain "$(<peak), the limit is $limit_kib"
}

@test "a compressed body that swells does not fill the memory, and --max-size ends it" {
  local allowed_kib=0
  MSCOMM_TEST_TIMEOUT=60
  play read "${ok}Content-Encoding: gzip\r\n\r\n" gzip:1000
  measured -o /dev/null "$http"
  assert_status 0
  measured -o whole --max-size 1KB "$http"
  assert_status 1
  assert_stderr_has 'larger than the 1000 bytes'
  [ ! -e whole ]
  play read "${ok}Content-Encoding: gzip\r\n\r\n" gzip:10000
  measured -o /dev/null --max-size 50MB "$http"
  assert_status 1
  measured --max-size 50MB "$http"
  assert_status 1
  [ "$(wc -c <"$out")" -le 50000000 ]
  allowed_kib=200000 # it is held, whole and as it grows
  measured --max-size 50MB --retry 1 --backoff 1ms "$http"
  assert_status 1
  assert_stderr_has 'larger than the 50000000 bytes'
}

@test "a hostile answer neither fills the memory when it is indented nor reaches the terminal's control" {
  local brackets
  brackets="${ok}Content-Length: 6000\r\n\r\n"
  start_raw deep read "$brackets" 'repeat:3000:[' 'repeat:3000:]'
  run_split mscomm get "$deep" --format text
  assert_status 0
  (($(stat -c %s "$out") < 1000000)) || complain "$(stat -c %s "$out") bytes"
  start_raw painter read 'send:HTTP/1.1 302 Found\r\nLocation: /ok?\xc2\x9b31m\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' close
  run_split mscomm get "$painter" -L --max-redirs 1 --format text
  assert_equal "$(grep -c $'\xc2\x9b' "$out" "$err" | cut -d: -f2 | paste -sd+)" '0+0'
}
