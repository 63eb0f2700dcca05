#!/usr/bin/env bats
# get, post, put, patch, delete and head against a service that answers.

bats_require_minimum_version 1.5.0
load helper

setup() { setup_service; }

# A member of the record or of /echo's document on stdout.
member() {
  jq -c "$1" "$out"
}

@test "the body arrives byte for byte and 200 is exit 0" {
  run_split mscomm get "$service/bytes/100000"
  assert_status 0
  assert_stderr
  curl -s "$service/bytes/100000" >expected
  assert_stdout_is expected
}

@test "a chunked body arrives whole" {
  run_split mscomm get "$service/chunked/3"
  assert_status 0
  assert_stdout '{"line":1}' '{"line":2}' '{"line":3}'
}

@test ":PORT/path is localhost, host/path is http" {
  port=${service##*:}
  run_split mscomm get ":$port/health"
  assert_status 0
  assert_stdout '{"status":"pass"}'
  run_split mscomm get "127.0.0.1:$port/health"
  assert_status 0
}

@test "a base URL completes a path, from the option, the environment or a profile" {
  run_split mscomm get --base-url "$service" /health
  assert_stdout '{"status":"pass"}'
  MSCOMM_BASE_URL=$service run_split mscomm get /health
  assert_stdout '{"status":"pass"}'
  mkdir -p "$XDG_CONFIG_HOME/mscomm"
  printf '[profile.test]\nbase_url = "%s"\n' "$service" >"$XDG_CONFIG_HOME/mscomm/config.toml"
  run_split mscomm get --profile test /health
  assert_stdout '{"status":"pass"}'
  run_split mscomm get /health
  assert_status 2
  assert_stderr_has '--base-url'
}

@test "an unexpected status is exit 1, with the body, the status in words and a hint" {
  run_split mscomm get "$service/status/503"
  assert_status 1
  assert_stdout '{"status":503}'
  assert_stderr "mscomm: get: GET $service/status/503: 503 Service Unavailable" \
    'hint: overloaded, or a gateway without a healthy upstream'
  for code in 300 400 404 429 500 502 504; do
    run_split mscomm get "$service/status/$code"
    assert_status 1
  done
}

@test "refused credentials are exit 4" {
  for code in 401 403 407; do
    run_split mscomm get "$service/status/$code"
    assert_status 4
  done
}

@test "every 2xx is a success" {
  for code in 200 201 202 204 206; do
    run_split mscomm get "$service/status/$code"
    assert_status 0
    assert_stderr
  done
}

@test "--expect names the statuses that are a success" {
  run_split mscomm get --expect 404,5xx "$service/status/404"
  assert_status 0
  assert_stderr
  run_split mscomm get --expect 404,5xx "$service/status/502"
  assert_status 0
  run_split mscomm get --expect 404,5xx "$service/status/200"
  assert_status 1
  assert_stderr_has '200 OK'
  run_split mscomm get --expect 401-403 "$service/status/402"
  assert_status 0
  run_split mscomm get --expect 2000 "$service/status/200"
  assert_status 2
  assert_stderr_has '--expect'
}

@test "each command sends its own method, -X another" {
  for verb in get post put patch delete; do
    run_split mscomm "$verb" "$service/echo"
    assert_status 0
    assert_equal "$(member .method)" "\"${verb^^}\""
  done
  run_split mscomm get -X OPTIONS "$service/echo"
  assert_equal "$(member .method)" '"OPTIONS"'
  run_split mscomm get -X 'A B' "$service/echo"
  assert_status 2
}

@test "head prints status line and headers" {
  run_split mscomm head "$service/json"
  assert_status 0
  assert_stdout_has 'HTTP/1.1 200 OK'
  assert_stdout_has 'Content-Type: application/json'
  run_split mscomm head -d x "$service/json"
  assert_status 2
}

@test "-i prints status line and headers before the body, as they came" {
  run_split mscomm get -i "$service/status/404"
  assert_status 1
  curl -si "$service/status/404" >expected
  assert_stdout_is expected
}

@test "default headers are Host, User-Agent, Accept and traceparent" {
  run_split mscomm get "$service/echo"
  assert_equal "$(member '.headers | keys')" '["accept","host","traceparent","user-agent"]'
  assert_equal "$(member .headers.accept)" '"*/*"'
  assert_equal "$(jq -r '.headers["user-agent"]' "$out")" "$(mscomm --version | tr ' ' /)"
  run_split mscomm get -H 'user-Agent:' "$service/echo"
  assert_equal "$(member '.headers | keys')" '["accept","host","traceparent"]'
}

@test "-H adds, empties, replaces and takes away headers" {
  run_split mscomm get -v -H 'X-One: 1' -H 'X-Empty;' -H 'Accept:' -H 'user-agent: me' -H 'X-Two:2' \
    -H 'X-One: again' -H traceparent: "$service/echo"
  assert_status 0
  assert_equal "$(member '.headers | del(.host)')" \
    '{"user-agent":"me","x-one":["1","again"],"x-two":"2"}'
  grep -qx 'mscomm: get: > X-Empty:' "$err" # the service drops it
  run_split mscomm get -H 'no colon' "$service/echo"
  assert_status 2
  assert_stderr_has 'write NAME: VALUE'
  run_split mscomm get -H $'X: a\r\nInjected: 1' "$service/echo"
  assert_status 2
}

@test "--query is percent-encoded and appended" {
  run_split mscomm get --query 'q=a b&c=ä+' --query flag "$service/echo?x=1"
  assert_equal "$(member .target)" '"/echo?x=1&q=a%20b%26c%3D%C3%A4%2B&flag"'
}

@test "basic and bearer credentials, from files, options and the URL" {
  (umask 077 && echo secret >password && echo token >bearer)
  run_split mscomm get --user me:secret "$service/basic/me/secret"
  assert_status 0
  run_split mscomm get --user me --password-file password "$service/basic/me/secret"
  assert_status 0
  run_split mscomm get "http://me:secret@${service#http://}/basic/me/secret"
  assert_status 0
  run_split mscomm get --bearer-file bearer "$service/bearer/token"
  assert_status 0
  run_split mscomm get --user me:wrong "$service/basic/me/secret"
  assert_status 4
  assert_stderr_has '401 Unauthorized'
  run_split mscomm get --user me "$service/basic/me/secret"
  assert_status 2
  chmod 644 bearer
  run_split mscomm get --bearer-file bearer "$service/bearer/token"
  assert_status 2
}

@test "no credential is ever shown" {
  (umask 077 && echo hidden-token >bearer)
  url=http://me:hidden-password@${service#http://}
  run_split mscomm get -vv --format json "$url/status/500"
  assert_status 1
  assert_stderr_has 'Authorization: ***'
  assert_stderr_lacks hidden
  assert_stderr_lacks "$(printf me:hidden-password | base64)"
  assert_equal "$(jq -r .url "$out")" "http://me:***@${service#http://}/status/500"
  run_split mscomm get -vv --bearer-file bearer -H 'Cookie: hidden=1' -H 'X-Api-Key: hidden' \
    "$service/status/200?Set-Cookie=hidden"
  assert_stderr_lacks ': hidden'
  assert_stderr_has 'Cookie: ***'
}

@test "redirects are followed only with -L" {
  run_split mscomm get "$service/redirect/2"
  assert_status 1
  assert_stderr_has '302 Found'
  assert_stderr_has '--location'
  run_split mscomm get -L "$service/redirect/2"
  assert_status 0
  assert_stdout '{"arrived":true,"method":"GET"}'
}

@test "a redirect changes the method as RFC 9110 says" {
  for code in 301 302 303; do
    run_split mscomm post -L -d x "$service/redirect/1?status=$code"
    assert_equal "$(member .method)" '"GET"'
  done
  for code in 307 308; do
    run_split mscomm post -L -d x "$service/redirect/1?status=$code"
    assert_equal "$(member .method)" '"POST"'
  done
}

@test "more redirects than --max-redirs is exit 1" {
  run_split mscomm get -L "$service/redirect/11"
  assert_status 1
  assert_stderr_has 'more than 10 redirects'
  run_split mscomm get -L --max-redirs 11 "$service/redirect/11"
  assert_status 0
}

@test "credentials do not follow a redirect to another origin" {
  start_service other
  (umask 077 && echo token >bearer)
  run_split mscomm get -L --bearer-file bearer -H 'Cookie: a=1' -H 'X-Kept: 1' \
    "$service/redirect-to?url=$other/echo"
  assert_status 0
  assert_equal "$(member '.headers | [.authorization,.cookie,.["x-kept"]]')" '[null,null,"1"]'
  run_split mscomm get -L --bearer-file bearer -H 'Cookie: a=1' "$service/redirect-to?url=/echo"
  assert_equal "$(member '.headers | [.authorization,.cookie]')" '["Bearer token","a=1"]'
}

@test "a redirect to another scheme than http and https is not followed" {
  run_split mscomm get -L "$service/redirect-to?url=file:///etc/passwd"
  assert_status 1
  assert_stdout
  assert_stderr_has 'not an HTTP URL'
}

@test "--format json is one record" {
  run_split mscomm get --format json "$service/json?X-A=1"
  assert_status 0
  assert_equal "$(wc -l <"$out")" 1
  assert_equal "$(member '[.method,.outcome,.status,.reason,.http_version,.attempts,.redirects]')" \
    '["GET","ok",200,"OK","1.1",1,[]]'
  assert_equal "$(member '[.url,.remote]')" "[\"$service/json?X-A=1\",\"${service#http://}\"]"
  assert_equal "$(member .headers)" "$(jq -c . <<<'{"content-length":"65",
    "content-type":"application/json","keep-alive":"timeout=5, max=100000000","x-a":"1",
    "x-served-by":"http_service"}')"
  assert_equal "$(member .json.items)" '["a","b"]'
  assert_equal "$(member '[.body_bytes,has("body"),has("body_base64"),has("error")]')" \
    '[65,false,false,false]'
  assert_equal "$(member '[.dns_ms,.connect_ms,.tls_ms,.first_byte_ms,.total_ms]|map(type)|unique')" \
    '["number"]'
  member '.tls_ms == 0 and .first_byte_ms <= .total_ms' | grep -qx true
}

@test "a record holds other text as body, bytes as body_base64, a repeated header as an array" {
  start_raw raw read 'send:HTTP/1.1 200 OK\r\nA: 1\r\nB: x\r\na: 2\r\nContent-Length: 3\r\n\r\na{\n'
  run_split mscomm get --format json "$raw"
  assert_equal "$(member '[.body,.headers.a,.headers.b]')" '["a{\n",["1","2"],"x"]'
  run_split mscomm get --format json "$service/bytes/200"
  assert_equal "$(jq -r .body_base64 "$out")" "$(curl -s "$service/bytes/200" | base64 -w0)"
}

@test "numbers of a JSON body stay as they are" {
  body='{"big":12345678901234567890123,"f":1.10,"s":"a  b"}'
  start_raw raw read "send:HTTP/1.1 200 OK\\r\\nContent-Length: ${#body}\\r\\n\\r\\n$body"
  run_split mscomm get --format json "$raw"
  assert_stdout_has "\"json\":$body"
}

@test "a record of a redirected request lists its hops" {
  run_split mscomm get -L --format json "$service/redirect/2"
  assert_equal "$(member '.url')" "\"$service/redirect/0\""
  assert_equal "$(member '[.redirects[]|[.url,.status,.location,.method]]')" "$(jq -c . <<<"
    [[\"$service/redirect/2\",302,\"/redirect/1\",\"GET\"],
     [\"$service/redirect/1\",302,\"/redirect/0\",\"GET\"]]")"
}

@test "a failure is a record too, and its exit code the same" {
  run_split mscomm get --format json "$service/status/503"
  assert_status 1
  assert_equal "$(member '[.outcome,.status,.json.status]')" '["failed",503,503]'
  assert_equal "$(jq -r .error "$out")" "GET $service/status/503: 503 Service Unavailable"
  run_split mscomm get --format json --timeout 200ms "$service/delay/5000"
  assert_status 5
  assert_equal "$(member '[.outcome,has("status"),has("headers"),has("body")]')" \
    '["timeout",false,false,false]'
}

@test "a format string has fields, headers and the body" {
  run_split mscomm get --format '{status} {method} {headers.X-Served-By} {headers.none}[{body}]\n' \
    "$service/health"
  assert_status 0
  assert_stdout '200 GET http_service [{"status":"pass"}' ']'
  run_split mscomm get --format '{statsu}' "$service/health?count=misspelt"
  assert_status 2
  assert_stderr_has status
  assert_equal "$(curl -s "$service/count/misspelt")" 0
}

@test "--format text is for people" {
  run_split mscomm get --format text "$service/health"
  assert_status 0
  assert_stdout_has "GET $service/health: 200 OK in"
  assert_stdout_has '  "status": "pass"'
}

@test "--resolve and a Unix socket replace the address" {
  port=${service##*:}
  run_split mscomm get --resolve "service-b:$port:127.0.0.1" "service-b:$port/echo"
  assert_status 0
  assert_equal "$(member .headers.host)" "\"service-b:$port\""
  run_split mscomm get --resolve nonsense "$service/echo"
  assert_status 2
}

@test "proxies come from the environment" {
  start_raw proxy read 'send:HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy'
  http_proxy=http://$proxy run_split mscomm get -v http://service-b.invalid/echo
  assert_status 0
  assert_stderr_has '> GET http://service-b.invalid/echo HTTP/1.1'
  http_proxy=http://$proxy no_proxy=127.0.0.1 run_split mscomm get "$service/health"
  assert_stdout '{"status":"pass"}'
  http_proxy=http://127.0.0.1:1 run_split mscomm get --proxy '' "$service/health"
  assert_stdout '{"status":"pass"}'
}

@test "on a terminal control characters become visible, in a pipe bytes stay bytes" {
  start_raw raw read 'send:HTTP/1.1 200 OK\r\nX: \x1b[31m\r\nContent-Length: 6\r\n\r\n\x1b[1mh\xc3'
  run_split mscomm get "$raw"
  printf '\033[1mh\303' >expected
  assert_stdout_is expected
  run_split script -qec "$MSCOMM get -i $raw" /dev/null
  assert_status 0
  assert_stdout_has 'X: \x1b[31m'
  assert_stdout_has '\x1b[1mh\xc3'
  run ! grep -q $'\033' "$out"
}

@test "a URL is needed, and only http" {
  run_split mscomm get
  assert_status 2
  assert_stderr_has 'there is no URL'
  run_split mscomm get file:///etc/passwd
  assert_status 2
  assert_stdout
}
