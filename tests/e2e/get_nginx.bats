#!/usr/bin/env bats
# get and its kin against a real nginx: what it serves itself.
#
# shellcheck disable=SC2016,SC2034  # nginx, jq and check_table() expand what stands in single quotes

bats_require_minimum_version 1.5.0
load helper

setup() {
  setup_test
  ln -s "$MSCOMM_TEST_TLS_DIR/ca.pem" ca.pem
  plain='--unix-socket plain.sock http://localhost'
  h2c='--unix-socket h2c.sock http://localhost'
  tls='--unix-socket tls.sock --tls-ca ca.pem https://localhost'
}

@test "each version of HTTP, with and without TLS" {
  start_nginx 'location / { return 200 "$server_protocol $scheme\n"; }'
  check_table <<'ROWS'
plain                       | get $plain                  | 0 | =HTTP/1.1 http\n  | -
plain, 1.1                  | get --http1.1 $plain        | 0 | =HTTP/1.1 http\n  | -
plain, 2 that is known      | get --http2 $h2c            | 0 | =HTTP/2.0 http\n  | -
plain, 2 that is not spoken | get --http2 $plain          | 3 | -                 | GET http://localhost/:
plain, 1.1 to 2             | get --http1.1 $h2c          | 3 | -                 | GET http://localhost/:
TLS offers 2                | get $tls                    | 0 | =HTTP/2.0 https\n | -
TLS, 2                      | get --http2 $tls            | 0 | =HTTP/2.0 https\n | -
TLS, 1.1                    | get --http1.1 $tls          | 0 | =HTTP/1.1 https\n | -
record over 2               | get --format json $tls      | 0 | ?jq -e '.http_version=="2" and .reason=="OK" and .tls.subject=="/CN=localhost"' | -
unknown authority           | get --unix-socket tls.sock https://localhost | 3 | - | hint: a private authority?
name of another             | get --tls-server-name other.test $tls        | 3 | - | target host name 'other.test'
ROWS
}

@test "bodies: compressed, chunked, empty, ranges, and what has not changed" {
  seq 5000 >numbers.txt
  gzip -k numbers.txt
  touch -d '2020-01-01 UTC' numbers.txt
  : >empty.txt
  etag=$(printf '"%x-%x"' "$(stat -c %Y numbers.txt)" "$(stat -c %s numbers.txt)")
  start_nginx 'gzip_types text/plain;
    location / { gzip on; } location /as-is { alias '"$PWD"'; }
    location /packed { alias '"$PWD"'; gzip_static always; }
    location /204 { return 204; } location /nothing { return 200 ""; }'
  check_table <<'ROWS'
a file                        | get $plain/numbers.txt                    | 0 | ?cmp - numbers.txt          | -
compressed on the way         | get --compressed $plain/numbers.txt       | 0 | ?cmp - numbers.txt          | -
compressed on the way, over 2 | get --compressed $tls/numbers.txt         | 0 | ?cmp - numbers.txt          | -
it was compressed             | get --compressed --format json $plain/numbers.txt                     | 0 | ?jq -e '.headers["content-encoding"]=="gzip" and .headers["transfer-encoding"]=="chunked"' | -
compressed is not asked for   | get --format json $plain/numbers.txt      | 0 | ?jq -e '.headers["content-encoding"]==null'          | -
the bytes of gzip stay        | get -H 'Accept-Encoding: gzip' $plain/numbers.txt                     | 0 | ?gunzip <"$out" >unpacked && cmp unpacked numbers.txt | -
the bytes of a .gz stay       | get $plain/packed/numbers.txt             | 0 | ?cmp - numbers.txt.gz       | -
unless they are to be undone  | get --compressed $plain/packed/numbers.txt | 0 | ?cmp - numbers.txt          | -
chunked, -i                   | get -i -H 'Accept-Encoding: gzip' $plain/numbers.txt                  | 0 | Transfer-Encoding: chunked  | -
an empty file                 | get $plain/empty.txt                      | 0 | -                           | -
no body                       | get $plain/nothing                        | 0 | -                           | -
no body in a record           | get --format json $plain/nothing          | 0 | ?jq -e '.body_bytes==0 and .status==200'             | -
204                           | get $plain/204                            | 0 | -                           | -
204 over 2                    | get $tls/204                              | 0 | -                           | -
204 is asked for              | get --expect 204 $plain/204               | 0 | -                           | -
200 where 204 is asked for    | get --expect 204 $plain/nothing           | 1 | -                           | : 200 OK
a range                       | get -H 'Range: bytes=0-3' $plain/as-is/numbers.txt                    | 0 | =1\n2\n                     | -
a range, 206 it is            | get -H 'Range: bytes=2-5' --expect 206 $plain/as-is/numbers.txt       | 0 | =2\n3\n                     | -
a range beyond the end        | get -H 'Range: bytes=99999-' $plain/as-is/numbers.txt                 | 1 | 416                         | : 416 Requested Range Not Satisfiable
unchanged by ETag             | get -H "If-None-Match: $etag" $plain/as-is/numbers.txt                | 1 | -                           | : 304 Not Modified
unchanged is what is expected | get -H "If-None-Match: $etag" --expect 200,304 $plain/as-is/numbers.txt | 0 | -                         | -
changed by ETag               | get -H 'If-None-Match: "other"' $plain/as-is/numbers.txt              | 0 | ?cmp - numbers.txt          | -
unchanged since               | get -H 'If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT' --expect 304 $plain/as-is/numbers.txt | 0 | - | -
condition that does not hold  | get -H 'If-Match: "other"' $plain/as-is/numbers.txt                   | 1 | 412                         | : 412 Precondition Failed
HEAD                          | head $plain/as-is/numbers.txt             | 0 | Content-Length: 23893       | -
HEAD has no body              | head --format json $plain/as-is/numbers.txt | 0 | ?jq -e '.body_bytes==0'   | -
HEAD of what is not there     | head $plain/nowhere                       | 1 | HTTP/1.1 404 Not Found      | : 404 Not Found
larger than --max-size        | get --max-size 1KB $plain/as-is/numbers.txt | 1 | -                         | 23893 bytes is larger than --max-size
unpacked beyond --max-size    | get --compressed --max-size 20KB $plain/packed/numbers.txt            | 1 | * | larger than the 20000 bytes
ROWS
}

@test "50 MB arrive byte for byte, over each transport" {
  head -c 50000000 /dev/urandom >large
  sum=$(sha256sum <large)
  start_nginx ''
  check_table <<'ROWS'
plain           | get $plain/large                  | 0 | ?[ "$(sha256sum)" = "$sum" ]        | -
2 without TLS   | get --http2 $h2c/large            | 0 | ?[ "$(sha256sum)" = "$sum" ]        | -
2 over TLS      | get $tls/large                    | 0 | ?[ "$(sha256sum)" = "$sum" ]        | -
1.1 over TLS    | get --http1.1 $tls/large          | 0 | ?[ "$(sha256sum)" = "$sum" ]        | -
into a file     | get -o copy $plain/large          | 0 | ?[ "$(sha256sum <copy)" = "$sum" ]  | -
ROWS
}

@test "passwords: right, wrong, missing, from a file" {
  echo 'me:{PLAIN}S3cret' >users
  echo S3cret >password
  echo wrong >wrong
  chmod 600 password wrong
  start_nginx "location / { auth_basic x; auth_basic_user_file $PWD/users; }
    location /denied { deny all; }"
  echo open >index.html
  check_table <<'ROWS'
right              | get --user me:S3cret $plain                      | 0 | =open\n | -
right, over TLS    | get --user me:S3cret $tls                        | 0 | =open\n | -
right, in the URL  | get --unix-socket plain.sock http://me:S3cret@localhost/ | 0 | =open\n | -
right, from a file | get --user me --password-file password $plain    | 0 | =open\n | -
wrong              | get --user me:other $plain                       | 4 | 401     | : 401 Unauthorized
wrong, from a file | get --user me --password-file wrong $plain       | 4 | 401     | : 401 Unauthorized
wrong user         | get --user you:S3cret $plain                     | 4 | 401     | : 401 Unauthorized
missing            | get $plain                                       | 4 | 401     | : 401 Unauthorized
missing, over 2    | get $tls                                         | 4 | 401     | : 401 Unauthorized
401 is expected    | get --expect 401 $plain                          | 0 | 401     | -
no file            | get --user me --password-file none $plain        | 11 | -      | none
denied             | get --user me:S3cret $plain/denied               | 4 | 403     | : 403 Forbidden
ROWS
}

@test "redirects, and who sees credentials after them" {
  start_nginx 'error_page 497 =200 /landing;  # plain HTTP to the TLS socket
    location / { return 200 "$request_method $scheme://$host$request_uri [$http_authorization$http_cookie]\n"; }
    location /landing { return 200 "$request_method plain [$http_authorization$http_cookie]\n"; }
    location /relative/ { return 302 ../end?a=b; } location /absolute { return 301 $scheme://$host/end; }
    location /query { return 302 "?x=1"; } location /schemeless { return 302 //$host/end; }
    location /other { return 302 $scheme://other.test/end; }
    location /back { return 302 $scheme://other.test/home; } location /home { return 302 $scheme://localhost/end; }
    location /port { return 302 $scheme://localhost:81/end; }
    location /downgrade { return 302 http://localhost/end; }
    location /loop { return 302 /loop; } location /ping { return 302 /pong; } location /pong { return 302 /ping; }
    location /307 { return 307 /end; } location /308 { return 308 /end; } location /303 { return 303 /end; }
    location /nowhere { add_header X-No Location always; return 300; }
    absolute_redirect off;'
  check_table <<'ROWS'
not followed           | get $plain/absolute                      | 1 | 301                                          | : 301 Moved Permanently
relative               | get -L $plain/relative/x                 | 0 | =GET http://localhost/end?a=b []\n           | -
query alone            | get -L --max-redirs 1 $plain/query       | 1 | *                                            | http://localhost/query?x=1
without a scheme       | get -L $plain/schemeless                 | 0 | =GET http://localhost/end []\n               | -
absolute               | get -L $plain/absolute                   | 0 | =GET http://localhost/end []\n               | -
absolute, over TLS     | get -L $tls/absolute                     | 0 | =GET https://localhost/end []\n              | -
same origin            | get -L --user a:b $plain/absolute        | 0 | =GET http://localhost/end [Basic YTpi]\n     | -
same origin, cookie    | get -L -H 'Cookie: a=1' $plain/absolute  | 0 | =GET http://localhost/end [a=1]\n            | -
other host             | get -L --user a:b -H 'Cookie: a=1' $plain/other | 0 | =GET http://other.test/end []\n       | -
other host, own header | get -L -H 'Authorization: x' $plain/other | 0 | =GET http://other.test/end []\n             | -
other port             | get -L --user a:b $plain/port            | 0 | =GET http://localhost/end []\n               | -
there and back         | get -L --user a:b $plain/back            | 0 | =GET http://localhost/end []\n               | -
https to http          | get -L --user a:b --http1.1 $tls/downgrade | 0 | =GET plain []\n                            | -
loop                   | get -L $plain/loop                       | 1 | -                                            | more than 10 redirects
loop of two            | get -L $plain/ping                       | 1 | -                                            | more than 10 redirects
--max-redirs 0         | get -L --max-redirs 0 $plain/absolute    | 1 | -                                            | more than 0 redirects
--max-redirs 2         | get -L --max-redirs 2 $plain/back        | 0 | =GET http://localhost/end []\n               | -
--max-redirs 1         | get -L --max-redirs 1 $plain/back        | 1 | -                                            | the next would be to http://localhost/end
307 keeps the method   | put -L -d body $plain/307                | 0 | =PUT http://localhost/end []\n               | -
308 keeps the method   | post -L -d body $plain/308               | 0 | =POST http://localhost/end []\n              | -
303 is GET             | put -L -d body $plain/303                | 0 | =GET http://localhost/end []\n               | -
301 of POST is GET     | post -L -d body $plain/absolute          | 0 | =GET http://localhost/end []\n               | -
301 of PUT is PUT      | put -L -d body $plain/absolute           | 0 | =PUT http://localhost/end []\n               | -
HEAD stays HEAD        | head -L --format '{method} {status}\n' $plain/303 | 0 | =HEAD 200\n                          | -
300 is no redirect     | get -L $plain/nowhere                    | 1 | *                                            | : 300
ROWS
}

connections() { # how many nginx has seen, once it has logged COUNT requests
  await 5 bash -c "[ \$(wc -l <access) -eq $1 ]"
  sort -u access | wc -l
}

@test "several URLs of one server share a connection" {
  start_nginx "access_log $PWD/access number; location / { return 200 'ok\\n'; }
    location /closing { keepalive_timeout 0; return 200 'ok\\n'; }" 'log_format number $connection;'
  for server in "$plain" "$tls" "--http1.1 $tls"; do
    : >access
    url=${server##* }
    read -r -a words <<<"$server/1"
    run_split mscomm get "${words[@]}" "$url/2" "$url/3"
    assert_status 0
    assert_equal "$server: $(connections 3)" "$server: 1"
  done
  # Which libcurl 7.88 would do and fail (curl issue 10634).
  run_split mscomm get --http2 --unix-socket h2c.sock http://localhost/{1,2,3}
  assert_status 0
  assert_stdout ok ok ok
  await 5 bash -c '[ $(wc -l <access) -eq 6 ]'
  : >access
  run_split mscomm get --unix-socket plain.sock http://localhost/closing http://localhost/closing
  assert_status 0
  assert_equal "$(connections 2)" 2
}

@test "--connect-to and --resolve lead to a server under another name" {
  start_service upstream
  port=${upstream##*:}
  check_table <<'ROWS'
--connect-to, all parts  | get --connect-to service-b:80:127.0.0.1:$port --jq .headers.host http://service-b/echo   | 0 | =service-b\n | -
--connect-to, any host   | get --connect-to ::127.0.0.1:$port --jq .headers.host http://service-b/echo              | 0 | =service-b\n | -
--connect-to, not theirs | get --connect-to service-c:80:127.0.0.1:$port --resolve service-b:80:127.0.0.1 --connect-timeout 2s http://service-b:1/echo | 3 | - | http://service-b:1/echo
--resolve                | get --resolve service-b:$port:127.0.0.1 --jq .headers.host http://service-b:$port/echo   | 0 | ?grep -qx "service-b:$port" | -
--resolve, two addresses | get --resolve service-b:$port:127.0.0.1,127.0.0.2 --jq .path http://service-b:$port/echo | 0 | =/echo\n     | -
--unix-socket            | get --unix-socket none.sock http://service-b/echo                                        | 3 | -            | No such file
ROWS
}

@test "no POST is lost, and none sent twice, when connections of HTTP/2 are closed under load" {
  start_nginx "access_log $PWD/access.log; location / { return 200 ok; }" 'keepalive_requests 50;'
  for version in --http2 --http1.1; do
    : >access.log
    # shellcheck disable=SC2086  # several words
    run_split mscomm post $version $tls/ -d x -n 3000 -c 20 --format '{succeeded} {failed} {resent}\n'
    assert_status 0
    assert_stdout '3000 0 0'
    await 5 bash -c '[ "$(wc -l <access.log)" = 3000 ]'
  done
}
