#!/usr/bin/env bats
# get with several URLs.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell

load helper

setup() { setup_service; }

@test "several URLs: their bodies in order, one exit status over all" {
  run_split mscomm get "$service/health" "$service/status/200"
  assert_status 0
  assert_stdout '{"status":"pass"}' '{"status":200}'
  run_split mscomm get "$service/status/404" "$service/health" "http://127.0.0.1:1/"
  assert_status 6
  assert_stdout '{"status":404}' '{"status":"pass"}'
  assert_stderr_has '404 Not Found'
  assert_stderr_has 'Connection refused'
  run_split mscomm get "$service/status/404" "$service/status/500"
  assert_status 1
  run_split mscomm get "$service/status/404" "http://127.0.0.1:1/"
  assert_status 3
}

@test "URLs from stdin, at once, are printed in their order" {
  local start
  for i in 900 600 300 0 1 2 3 4; do echo "$service/delay/$i"; done >urls
  printf '\n%s\r\n' "$service/health" >>urls
  start=${EPOCHREALTIME/./}
  run_split mscomm get - -c 8 --format '{url}\n' <urls
  assert_status 0
  echo "# $(((${EPOCHREALTIME/./} - start) / 1000)) ms, one after the other 1810"
  tr -d '\r' <urls | grep . >expected
  assert_stdout_is expected
}

@test "a hundred URLs through two workers, one record a line" {
  for i in $(seq 100); do echo "$service/echo?i=$i"; done >urls
  run_split mscomm get - -c 2 --format json <urls
  assert_status 0
  assert_equal "$(jq -r .json.query.i "$out" | tr '\n' ' ')" "$(seq 100 | tr '\n' ' ')"
}

@test "no URL at all" {
  printf '%s\n\nht tp://x\n' "$service/health" >urls
  run_split mscomm get - <urls
  assert_status 2
  assert_stderr_has "stdin, line 3: 'ht tp://x' is not a URL"
  run_split mscomm get - </dev/null
  assert_status 8
  run_split mscomm get
  assert_status 2
  assert_stderr_has 'there is no URL'
  run_split mscomm post - -d @- </dev/null
  assert_status 2
  assert_stderr_has 'stdin cannot be both'
}

@test "a bad URL among good ones is found before anything is sent" {
  run_split mscomm get "$service/health?count=sent" 'ftp://host/'
  assert_status 2
  assert_equal "$(curl -s "$service/count/sent")" 0
}

@test "more at once than open files are allowed is said before anything is sent" {
  for _ in {1..40}; do echo "$service/status/200?count=many"; done >urls
  run_split bash -c 'ulimit -n 100; exec "$@" <urls' - "$MSCOMM" get - -c 40
  assert_status 2
  assert_stderr_has '40 URLs at once need 176 open files, and only 100 are allowed'
  assert_equal "$(curl -s "$service/count/many")" 0
  run_split bash -c 'ulimit -S -n 40; exec "$@" <urls' - "$MSCOMM" get - -c 40
  assert_status 0
}

@test "with --jq an unexpected answer does not share a line with the next result" {
  run_split mscomm get "$service/status/404" "$service/health" --jq .status
  assert_stdout '{"status":404}' pass
}

@test "Ctrl-C ends them all, and what has come by then is printed" {
  start_process many "$MSCOMM" get "$service/health" "$service/delay/60000?count=begun" \
    "$service/status/200" "$service/delay/60001?count=begun" -c 2
  await 10 bash -c '[ "$(curl -s "$1")" = 2 ]' - "$service/count/begun"
  stop_process many INT
  assert_equal "$status" 130
  assert_equal "$(cat "$many_out")" "$(printf '%s\n' '{"status":"pass"}' '{"status":200}')"
}

@test "a redirect to what is no HTTP URL is the failure of one of them" {
  start_raw elsewhere read 'send:HTTP/1.1 302 Found\r\nLocation: gopher://x/\r\nContent-Length: 0\r\n\r\n'
  run_split mscomm get -L "$service/health" "$elsewhere" "$service/health" --format '{status} {outcome}\n'
  assert_status 6
  assert_stdout '200 ok' '302 failed' '200 ok'
  assert_stderr_has "it redirects to 'gopher://x/', which is not an HTTP URL"
}

@test "a reader that is gone leaves a failure a failure, and what changes something is still done" {
  run_split bash -c '"$0" get -X DELETE "$1/status/500" "$1/status/200?count=done" "$1/status/200?count=done" | true
    exit "${PIPESTATUS[0]}"' "$MSCOMM" "$service"
  assert_status 6
  assert_equal "$(curl -s "$service/count/done")" 2
}

@test "a reader that has enough ends them all" {
  run_split bash -c 'for i in $(seq 500); do echo "$1/bytes/100000"; done |
    "$0" get - -c 4 | head -c 150000 | wc -c; exit "${PIPESTATUS[1]}"' "$MSCOMM" "$service"
  assert_status 0
  assert_stdout 150000
}
