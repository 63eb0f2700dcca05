#!/usr/bin/env bats
# get and its kin over HTTP/2: what a server left unprocessed is sent again and nothing else is, and
# nothing stands still.
#
# shellcheck disable=SC2016,SC2034,SC2154  # check_table() expands what stands in single quotes

bats_require_minimum_version 1.5.0
load helper

setup() {
  setup_test
  MSCOMM_TEST_TIMEOUT=20
  ln -s "$MSCOMM_TEST_TLS_DIR" tls
  head -c 3000000 /dev/zero >large
}

start_http2() { # NAME ARGUMENTS OF http2_server.py
  start_listener "$1" /usr/bin/python3 "$tests_root/support/http2_server.py" "${@:2}"
}

play() { # STEP... [-- STEP...]: a server that does this to whoever asks $h2c or $tls, in turn
  stop_process plain
  stop_process secure
  start_http2 plain "$@"
  h2c="--http2 http://127.0.0.1:$port"
  start_http2 secure --tls tls/server "$@"
  tls="--tls-ca tls/ca.pem https://localhost:$port"
  tls_too=https://localhost:$port
}

@test "what a server says it did not process is sent again, POST too" {
  check_table play <<'ROWS'
GOAWAY, alone              | request goaway:0 close -- serve          | post -d x $h2c | 0 | =ok | -
GOAWAY, alone, TLS         | request goaway:0 close -- serve          | post -d x $tls | 0 | =ok | -
it is counted              | request goaway:0 close -- serve          | post -d x --format json $h2c | 0 | ?jq -e '.status==200 and .attempts==2' | -
it is counted, TLS         | request goaway:0 close -- serve          | post -d x --format json $tls | 0 | ?jq -e '.status==200 and .attempts==2 and .timings_ms.total >= .timings_ms.first_byte' | -
GOAWAY, and stays          | request goaway:0 hang -- serve           | post -d x $tls | 0 | =ok | -
GOAWAY of an error         | request goaway:0:11 close -- serve       | post -d x $tls | 0 | =ok | -
GOAWAY in two steps        | request goaway:max goaway:0 hang -- serve | post -d x $tls | 0 | =ok | -
in two steps, h2c          | request goaway:max goaway:0 close -- serve | post -d x $h2c | 0 | =ok | -
GOAWAY before the request  | goaway:0 sleep:100 close -- serve        | post -d x $tls | 0 | =ok | -
GOAWAY while uploading     | head goaway:0 hang -- serve              | post -d @large $tls | 0 | =ok | -
while uploading, h2c       | head goaway:0 close -- serve             | post -d @large $h2c | 0 | =ok | -
a form                     | request goaway:0 close -- serve          | post --form a=b --form f=@large $tls | 0 | =ok | -
PATCH                      | request goaway:0 close -- serve          | patch -d x $tls | 0 | =ok | -
GET                        | request goaway:0 close -- serve          | get $tls | 0 | =ok | -
refused                    | request rst:7 hang -- serve              | post -d x $h2c | 0 | =ok | -
refused, TLS               | request rst:7 hang -- serve              | post -d x --format json $tls | 0 | ?jq -e '.status==200 and .attempts==2' | -
refused while uploading    | head rst:7 hang -- serve                 | post -d @large $tls | 0 | =ok | -
refused after 103          | request headers:103 rst:7 hang -- serve  | post -d x $tls | 0 | =ok | -
refused, used connection   | serve:1 request rst:7 hang -- serve      | post -d x -c 1 $tls $tls_too | 0 | =okok | -
GOAWAY, used connection    | serve:1 request goaway:1 hang -- serve   | post -d x -c 1 $tls $tls_too | 0 | =okok | -
and closed, used           | serve:1 request together goaway:1 apart close -- serve | post -d x -c 1 $tls $tls_too | 0 | =okok | -
five times                 | request rst:7 hang -- request rst:7 hang -- request goaway:0 close -- request rst:7 hang -- request goaway:0 hang -- serve | post -d x --format json $tls | 0 | ?jq -e '.attempts==6' | -
five times, h2c            | request goaway:0 close -- request goaway:0 close -- request goaway:0 close -- request goaway:0 close -- request goaway:0 close -- serve | post -d x --format json $h2c | 0 | ?jq -e '.attempts==6' | -
ROWS
}

@test "what it refuses again and again is sent six times, and is not in doubt" {
  check_table play <<'ROWS'
refused      | request rst:7 hang    | post -d x $h2c | 3 | - | the server refused it unprocessed, 6 times
refused, TLS | request rst:7 hang    | post -d x $tls | 3 | - | hint: is the service overloaded or shutting down? --retry
GOAWAY       | request goaway:0 close | post -d x $tls | 3 | - | the server refused it unprocessed, 6 times
GOAWAY, GET  | request goaway:0 close | get $tls      | 3 | - | the server refused it unprocessed, 6 times
--retry      | request rst:7 hang    | get --retry 1 --backoff 1ms $tls | 3 | - | (attempt
ROWS
}

@test "what it may have processed is in doubt" {
  check_table play <<'ROWS'
GOAWAY that includes it     | request goaway:1 close                   | post -d x $h2c | 7 | - | the service may have done it
that includes it, TLS       | request goaway:1 close -- serve          | post -d x $tls | 7 | - | the service may have done it
GOAWAY for all, closed      | request goaway:max close -- serve        | post -d x $tls | 7 | - | *
closed                      | request close -- serve                   | post -d x $tls | 7 | - | *
reset                       | request reset -- serve                   | post -d x $tls | 7 | - | *
CANCEL                      | request rst:8 hang -- serve              | post -d x $tls | 7 | - | CANCEL
an unknown code             | request rst:99 hang -- serve             | post -d x $tls | 7 | - | *
an error                    | request rst:2 hang -- serve              | post -d x $h2c | 7 | - | INTERNAL_ERROR
no error, no answer         | request rst:0 hang -- serve              | post -d x $tls | 7 | - | *
an error, and closed        | request together rst:2 apart close -- serve | post -d x $tls | 7 | - | *
used connection: closed     | serve:1 request close -- serve           | post -d x -c 1 $tls $tls_too | 7 | =ok | *
used connection: reset      | serve:1 request reset -- serve           | post -d x -c 1 $tls $tls_too | 7 | =ok | *
used connection: an error   | serve:1 request rst:2 hang -- serve      | post -d x -c 1 $tls $tls_too | 7 | =ok | *
used: an error, closed      | serve:1 request together rst:2 apart close -- serve | post -d x -c 1 $tls $tls_too | 7 | =ok | *
used: GOAWAY includes it    | serve:1 request goaway:3 close -- serve  | post -d x -c 1 $tls $tls_too | 7 | =ok | *
used: no answer, no error   | serve:1 request rst:0 hang -- serve      | post -d x -c 1 $tls $tls_too | 7 | =ok | *
used: headers lost          | serve:1 request together headers:200 data:2 rst:0 apart hang -- serve | post -d x -c 1 $tls $tls_too | 7 | * | *
used: not HTTP/2 any more   | serve:1 request raw:0000040800000000007fffffff hang -- serve | post -d x -c 1 $tls $tls_too | 7 | =ok | *
used: a frame too large     | serve:1 request raw:ffffff000000000003 hang -- serve | post -d x -c 1 $tls $tls_too | 7 | =ok | *
used: refused, then closed  | serve:1 request rst:7 hang -- request close -- serve | post -d x -c 1 $tls $tls_too | 7 | =ok | *
used: refused, then reset   | serve:1 request rst:7 hang -- request reset -- serve | post -d x -c 1 $tls $tls_too | 7 | =ok | *
GOAWAY, then closed         | request goaway:0 close -- request close -- serve | post -d x $tls | 7 | - | *
it wants HTTP/1.1           | request rst:13 hang                      | post -d x $tls | 7 | - | --http1.1
GET: closed on a used one   | serve:1 request close -- serve           | get -c 1 $tls $tls_too | 0 | =okok | -
ROWS
}

@test "sending again keeps to every deadline" {
  check_table play <<'ROWS'
--timeout         | request goaway:0 close -- hang | post --timeout 500ms -d x $tls | 7 | - | hint: the service may have done it all the same; --timeout
--request-timeout | request goaway:0 close -- hang | post --request-timeout 500ms -d x $tls | 7 | - | --request-timeout
for GET           | request rst:7 hang -- hang     | get --timeout 500ms $tls        | 5 | - | hint: --timeout
ROWS
}

@test "headers of every size arrive, and too large ones are said to be" {
  local size
  for size in 1000 16000 16384 17000 33000 50000 65536 100000 120000; do
    play request "headers:200:$size:$((size / 1000))" end:5 hang
    for url in "$h2c" "$tls"; do
      # shellcheck disable=SC2086  # several words
      run_split mscomm get --timeout 5s $url
      assert_status 0
      assert_stdout_has xxxxx
    done
  done
  check_table play <<'ROWS'
one line             | request headers:200:60000:1 end:5 hang  | get --timeout 5s $tls  | 0 | =xxxxx | -
without a body       | request headers:200:60000:60 end hang   | get --timeout 5s $tls  | 0 | -      | -
many 103 before      | request headers:103:20000:20 headers:103:20000:20 headers:103:20000:20 headers:200:20000:20 end:5 hang | get --timeout 5s $tls | 0 | =xxxxx | -
a large body         | request headers:200:100000:100 end:9000000 hang  | get --timeout 9s --format '{body_bytes}' $tls | 0 | =9000000 | -
all at once          | request together headers:200:33000:33 end:9 apart hang | get --timeout 5s $tls | 0 | =xxxxxxxxx | -
too large            | request headers:200:140000:140 end hang | get --timeout 5s $tls  | 1 | -      | the headers are too large: more than 128 KiB over HTTP/2
too large, h2c       | request headers:200:200000:200 end hang | get --timeout 5s $h2c  | 1 | -      | hint: --http1.1
1 MB                 | request headers:200:1000000:1000 end hang | get --timeout 5s $tls | 1 | -     | the headers are too large
trailers             | request headers:200 data:5 trailers hang | get --timeout 5s $tls | 0 | =xxxxx | -
large trailers       | request headers:200 data:5 trailers:100000 hang | get --timeout 5s $tls | 0 | =xxxxx | -
trailers alone       | request headers:200 trailers hang       | get --timeout 5s $h2c  | 0 | -      | -
trailers too large   | request headers:200 data:5 trailers:140000 hang | get --timeout 5s $tls | 3 | =xxxxx | the body broke off after 5 bytes
ROWS
}

@test "an answer that comes while the body is being sent is that answer, or its status is told" {
  check_table play <<'ROWS'
413, swallowed    | head together headers:413 end:2 rst:0 apart hang | post -d @large $tls | 1 | - | 413 Content Too Large before it had read the whole request
and the hint      | head together headers:413 end:2 rst:0 apart hang | post -d @large $h2c | 1 | - | --http1.1
in the record     | head together headers:413 end:2 rst:0 apart hang | post -d @large --format json $tls | 1 | ?jq -e .status==413 | *
401               | head together headers:401 end:2 rst:0 apart hang | post -d @large $tls | 4 | - | 401 Unauthorized before
200               | head together headers:200 end:2 rst:0 apart hang | post -d @large $tls | 7 | - | hint: the service may have done it
200, PUT          | head together headers:200 end:2 rst:0 apart hang | put -d @large $tls  | 3 | - | 200 OK before
after 103         | head headers:103 together headers:413 end:2 rst:0 apart hang | post -d @large $tls | 1 | - | 413 Content
delivered         | head headers:413 end:2 sleep:300 rst:0 hang      | post -d @large $tls | 1 | ok | : 413 Content Too Large
before the body   | head answer hang                      | post --timeout 5s -d @large $tls | 0 | =ok | -
and no more of it | head answer sleep:50 rst:0 hang       | post --timeout 5s -d @large $tls | 0 | =ok | -
no more, h2c      | head answer sleep:50 rst:0 hang       | put --timeout 5s -d @large $h2c  | 0 | =ok | -
an empty answer   | head answer:200:0 sleep:50 rst:0 hang | post --timeout 5s -d @large $tls | 0 | -   | -
it is 413         | head answer:413:9 sleep:50 rst:0 hang | post --timeout 5s -d @large $tls | 1 | xxx | : 413 Content Too Large
to a form         | head answer sleep:50 rst:0 hang       | post --timeout 5s --form f=@large $tls | 0 | =ok | -
half an answer    | head headers:200:1000:1 data:2 hang   | post --timeout 300ms -d @large $tls | 7 | =ok | timed out while receiving the body
whole body, 200   | request headers:200 end:2 rst:0 hang             | post -d @large $tls | 0 | =ok | -
ROWS
}
