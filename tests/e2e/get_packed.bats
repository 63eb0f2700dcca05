#!/usr/bin/env bats
# get --compressed: every coding that is asked for, whole or not, in bounded memory and time.
#
# shellcheck disable=SC2016,SC2034,SC2154  # check_table() expands what stands in single quotes

bats_require_minimum_version 1.5.0
load helper

ok='send:HTTP/1.1 200 OK\r\n'

setup() {
  setup_test
  MSCOMM_TEST_TIMEOUT=20
}

pack() { # CODING
  /usr/bin/python3 "$tests_root/support/pack.py" "$1"
}

coded() { # CODINGS STEP...: an answer that names these codings, and ends with the connection
  play read "${ok}Content-Encoding: $1\r\n\r\n" "${@:2}" close
}

@test "each coding is undone, alone, in a list, and as several members" {
  local coding
  seq 100000 >numbers
  for coding in gzip deflate raw br zstd; do
    pack $coding <numbers >"numbers.$coding"
  done
  pack br <numbers.gzip >numbers.gzip.br
  pack gzip <numbers.raw >numbers.raw.gzip
  pack zstd <numbers.gzip.br >numbers.gzip.br.zstd
  head -c 300000 numbers | pack gzip >first
  tail -c +300001 numbers | pack gzip >second
  : | pack gzip >nothing
  head -c 100000 /dev/zero >zeros
  check_table coded <<'ROWS'
gzip               | gzip file:numbers.gzip             | get --compressed $http | 0 | ?cmp - numbers | -
x-gzip             | X-GZip file:numbers.gzip           | get --compressed $http | 0 | ?cmp - numbers | -
zlib               | deflate file:numbers.deflate       | get --compressed $http | 0 | ?cmp - numbers | -
bare deflate       | deflate file:numbers.raw           | get --compressed $http | 0 | ?cmp - numbers | -
brotli             | br file:numbers.br                 | get --compressed $http | 0 | ?cmp - numbers | -
zstd               | zstd file:numbers.zstd             | get --compressed $http | 0 | ?cmp - numbers | -
two                | 'gzip, br' file:numbers.gzip.br    | get --compressed $http | 0 | ?cmp - numbers | -
two headers        | 'deflate\r\nContent-Encoding: gzip' file:numbers.raw.gzip | get --compressed $http | 0 | ?cmp - numbers | -
three              | 'gzip,br , zstd' file:numbers.gzip.br.zstd | get --compressed $http | 0 | ?cmp - numbers | -
identity           | identity file:numbers              | get --compressed $http | 0 | ?cmp - numbers | -
identity and gzip  | 'identity, gzip' file:numbers.gzip | get --compressed $http | 0 | ?cmp - numbers | -
two members        | gzip file:first file:second        | get --compressed $http | 0 | ?cmp - numbers | -
empty ones         | gzip file:nothing file:first file:nothing file:second file:nothing | get --compressed $http | 0 | ?cmp - numbers | -
frames of zstd     | zstd file:numbers.zstd file:numbers.zstd | get --compressed $http | 0 | ?cat numbers numbers|cmp - "$out" | -
padding            | gzip file:numbers.gzip file:zeros  | get --compressed $http | 0 | ?cmp - numbers | -
empty body         | gzip                               | get --compressed $http | 0 | -              | -
into a file        | gzip file:first file:second        | get --compressed -o new $http | 0 | -       | -
in a record        | gzip file:nothing file:second      | get --compressed --format json $http | 0 | ?jq -e '.headers["content-encoding"]=="gzip" and (.body_bytes==288895) and (.body|endswith("99999\n100000\n"))' | -
asserted           | gzip file:first file:second        | get --compressed --assert '.body_bytes == 588895' $http | 0 | ?cmp - numbers | -
load               | gzip file:first file:second        | get --compressed -n 4 -c 2 --format json $http | 0 | ?jq -e '.failed==0 and .body_bytes==4*588895' | -
not asked for      | gzip file:numbers.gzip             | get $http              | 0 | ?cmp - numbers.gzip | -
ROWS
  cmp new numbers
}

@test "what is no whole body of its coding is told, and is no success" {
  local coding
  printf 'Hello World!' >hello
  for coding in gzip deflate raw br zstd; do
    pack $coding <hello >"hello.$coding"
    head -c -1 "hello.$coding" >"cut.$coding"
  done
  head -c 14 hello.gzip >begun
  { head -c -5 hello.gzip && printf 'xxxxx'; } >broken
  pack gzip <cut.gzip >cut.gzip.gzip
  check_table coded <<'ROWS'
a cut one           | gzip file:cut.gzip      | get --compressed $http | 3 | =Hello World! | the body broke off after 12 bytes: what is packed in it is cut short
its beginning       | gzip file:begun         | get --compressed $http | 3 | * | cut short
a byte of it        | gzip 'send:\x1f'         | get --compressed $http | 3 | - | cut short
zlib                | deflate file:cut.deflate | get --compressed $http | 3 | =Hello World! | cut short
bare deflate        | deflate file:cut.raw    | get --compressed $http | 3 | * | cut short
a byte of deflate   | deflate 'send:x'        | get --compressed $http | 3 | - | cut short
brotli              | br file:cut.br          | get --compressed $http | 3 | * | cut short
zstd                | zstd file:cut.zstd      | get --compressed $http | 3 | * | cut short
the second member   | gzip file:hello.gzip file:cut.gzip | get --compressed $http | 3 | =Hello World!Hello World! | cut short
the inner one       | 'gzip, gzip' file:cut.gzip.gzip | get --compressed $http | 3 | =Hello World! | cut short
a POST              | gzip file:cut.gzip      | post --compressed $http | 7 | =Hello World! | cut short
again               | gzip file:cut.gzip      | get --compressed --retry 1 --backoff 1ms $http | 3 | =Hello World! | (attempt 2)
into a file         | gzip file:cut.gzip      | get --compressed -o new $http | 3 | - | cut short
other bytes         | gzip file:hello.gzip send:junk | get --compressed $http | 3 | * | the body cannot be unpacked: it goes on after the end
padding, then bytes | gzip file:hello.gzip 'send:\x00\x00x' | get --compressed $http | 3 | * | the body cannot be unpacked: it goes on after the end
after deflate       | deflate file:hello.deflate send:x   | get --compressed $http | 3 | * | the body cannot be unpacked: it goes on after the end
after brotli        | br file:hello.br send:x             | get --compressed $http | 3 | * | the body cannot be unpacked: it goes on after the end
after zstd          | zstd file:hello.zstd send:xxxxx     | get --compressed $http | 3 | * | the body cannot be unpacked: Unknown frame descriptor
a wrong sum         | gzip file:broken        | get --compressed $http | 3 | * | the body cannot be unpacked: incorrect
none at all         | gzip send:nothing       | get --compressed $http | 3 | - | the body cannot be unpacked: incorrect header check
the wrong order     | 'br, gzip' file:hello.gzip | get --compressed $http | 3 | - | the body cannot be unpacked
unknown             | secret send:ab          | get --compressed $http | 3 | - | the body cannot be unpacked: 'secret' is none of gzip
unknown, the hint   | secret send:ab          | get --compressed $http | 3 | - | hint: without --compressed it is printed as it comes
unknown, empty      | secret                  | get --compressed $http | 0 | - | -
too many            | gzip,gzip,gzip,gzip send:ab | get --compressed $http | 3 | - | the body cannot be unpacked: it is said to be packed 4 times
junk, post          | gzip file:hello.gzip send:junk | post --compressed $http | 7 | * | the body cannot be unpacked
junk, load          | gzip file:hello.gzip send:junk | get --compressed -n 3 --format json $http | 3 | ?jq -e '.failures|keys==["protocol"]' | *
ROWS
  [ ! -e new ]
}

@test "packed bodies in every kind of message, and a length is that of the packed one" {
  local size
  seq 100000 | pack gzip >numbers.gzip
  size=$(stat -c %s numbers.gzip)
  seq 100000 >numbers
  gz='Content-Encoding: gzip\r\n'
  check_table play <<'ROWS'
a length          | read "${ok}${gz}Content-Length: $size\r\n\r\n" file:numbers.gzip hang | get --compressed $http | 0 | ?cmp - numbers | -
a length, cut     | read "${ok}${gz}Content-Length: $((size + 1))\r\n\r\n" file:numbers.gzip close | get --compressed $http | 3 | ?cmp - numbers | the body broke off after 588895 bytes
--max-size        | read "${ok}${gz}Content-Length: $size\r\n\r\n" file:numbers.gzip hang | get --compressed --max-size 588895 $http | 0 | ?cmp - numbers | -
--max-size, more  | read "${ok}${gz}Content-Length: $size\r\n\r\n" file:numbers.gzip hang | get --compressed --max-size 588894 $http | 1 | * | larger than the 588894 bytes
HEAD              | read "${ok}${gz}Content-Length: 99\r\n\r\n" hang               | head --compressed $http | 0 | * | -
HEAD, --max-size  | read "${ok}${gz}Content-Length: 99\r\n\r\n" hang               | head --compressed --max-size 9 $http | 0 | * | -
204               | read "send:HTTP/1.1 204 No Content\r\n${gz}\r\n" hang          | get --compressed $http  | 0 | - | -
304               | read "send:HTTP/1.1 304 Not Modified\r\n${gz}\r\n" hang        | get --compressed --expect 304 $http | 0 | - | -
no bytes          | read "${ok}${gz}Content-Length: 0\r\n\r\n" hang                | get --compressed $http  | 0 | - | -
chunks            | read "${ok}${gz}Transfer-Encoding: chunked\r\n\r\n4\r\n\x1f\x8b\x08\x00\r\n6\r\n\x00\x00\x00\x00\x02\x03\r\n2\r\n\x03\x00\r\n8\r\n\x00\x00\x00\x00\x00\x00\x00\x00\r\n0\r\nX: y\r\n\r\n" hang | get --compressed $http | 0 | - | -
chunks, cut       | read "${ok}${gz}Transfer-Encoding: chunked\r\n\r\n4\r\n\x1f\x8b\x08\x00\r\n0\r\n\r\n" hang | get --compressed $http | 3 | - | cut short
byte by byte      | read "${ok}${gz}\r\n" 'drip:2:\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00' close | get --compressed $http | 0 | - | -
a redirect's      | read "send:HTTP/1.1 302 Found\r\nLocation: /x\r\n${gz}Content-Length: 4\r\n\r\njunk" close | get --compressed -L $http | 1 | - | 302 Found, and the body cannot be unpacked
asked for         | read "${ok}Content-Length: 0\r\n\r\n" close | get -v --compressed $http | 0 | - | > Accept-Encoding: gzip, deflate, br, zstd
by one's own      | read "${ok}Content-Length: 0\r\n\r\n" close | get -v --compressed -H 'Accept-Encoding: br' $http | 0 | - | > Accept-Encoding: br
not at all        | read "${ok}Content-Length: 0\r\n\r\n" close | get -v --compressed -H Accept-Encoding: $http | 0 | - | ?! grep -q Accept-Encoding
transfer coding   | read "${ok}Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" close | get $http | 3 | - | the body cannot be unpacked
ROWS
}

@test "several members as a transfer coding are no mistake of ours" {
  printf 'Hello World!' | pack gzip >hello.gzip
  play read "${ok}Transfer-Encoding: gzip\r\n\r\n" file:hello.gzip file:hello.gzip close
  run_split mscomm get "$http"
  assert_status 3
  assert_stderr_has 'the body cannot be unpacked: its transfer coding'
  run_split mscomm post -d x "$http"
  assert_status 7
}

bomb() { # MEBIBYTES: of "z", as zstd has them in 32 bytes each
  /usr/bin/python3 - "$1" <<'PY'
import sys
sys.stdout.buffer.write(b"\x28\xb5\x2f\xfd\x00\x38" + b"\x02\x00\x10z" * (8 * int(sys.argv[1])) + b"\x01\x00\x00")
PY
}

@test "a slow reader gets every byte of what swells" {
  bomb 64 >swollen
  coded zstd file:swollen
  "$MSCOMM" get --compressed "$http" 2>"$err" | { sleep 0.3 && sha256sum; } >"$out"
  status=${PIPESTATUS[0]}
  assert_status 0
  local sum
  sum=$(head -c $((64 << 20)) /dev/zero | tr '\0' z | sha256sum)
  assert_equal "$(<"$out")" "$sum"
  start_nginx "location / { root $PWD; add_header Content-Encoding zstd; }"
  "$MSCOMM" get --compressed --unix-socket tls.sock --tls-ca "$MSCOMM_TEST_TLS_DIR/ca.pem" \
    https://localhost/swollen 2>"$err" | { sleep 0.3 && sha256sum; } >"$out"
  status=${PIPESTATUS[0]}
  assert_status 0
  assert_equal "$(<"$out")" "$sum"
}

@test "what swells without measure neither fills the memory nor keeps from ending" {
  bomb 100000 >swollen
  coded zstd file:swollen
  # Nobody reads: what cannot be written is not unpacked.
  mkfifo pipe
  exec 7<>pipe
  status=0
  timeout -k 5 20 /usr/bin/python3 "$tests_root/support/measure.py" peak \
    "$MSCOMM" get --compressed --timeout 1s "$http" >pipe 2>"$err" || status=$?
  exec 7<&-
  : >"$out"
  assert_equal "$status $(head -n 1 peak)" '0 exit 5'
  local -i limit_kib=40000
  ! grep -qa __asan_init "$MSCOMM" || limit_kib+=300000
  (($(sed -n 's/^rss_kib //p' peak) < limit_kib)) || complain "$(<peak)"
  # Everything is taken: it still ends on time and by a signal.
  run_split /usr/bin/python3 "$tests_root/support/measure.py" peak \
    "$MSCOMM" get --compressed --timeout 1s -o /dev/null "$http"
  assert_equal "$(head -n 1 peak)" 'exit 5'
  (($(sed -n 's/^rss_kib //p' peak) < limit_kib)) || complain "$(<peak)"
  run_split mscomm get --compressed --max-size 100MB -o /dev/null "$http"
  assert_status 1
  start_process swelling "$MSCOMM" get -v --compressed -o /dev/null "$http"
  await 10 grep -q '< HTTP/1.1 200' "$swelling_err"
  stop_process swelling INT
  assert_equal "$status" 130
}

@test "what is packed and never becomes anything is ended by --max-size" {
  local empty='\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00'
  coded gzip "forever:$empty$empty$empty$empty$empty$empty$empty$empty$empty$empty$empty$empty"
  run_split mscomm get --compressed --max-size 1KB "$http"
  assert_status 1
  assert_stderr_has 'the packed body is much larger than --max-size allows'
}
