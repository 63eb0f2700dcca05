#!/usr/bin/env bats
# get and its kin through a real nginx: what it makes of the services behind it, and of us.
#
# shellcheck disable=SC2016,SC2034  # nginx, jq and check_table() expand what stands in single quotes

bats_require_minimum_version 1.5.0
load helper

setup() {
  setup_test
  ln -s "$MSCOMM_TEST_TLS_DIR/ca.pem" ca.pem
  plain='--unix-socket plain.sock http://localhost'
  tls='--unix-socket tls.sock --tls-ca ca.pem https://localhost'
}

@test "statuses and error pages" {
  echo '{"error":"nothing here"}' >page.json
  start_nginx 'location /400 { return 400; } location /401 { return 401; } location /403 { return 403; }
    location /405 { return 405; } location /407 { return 407; } location /409 { return 409 "conflict\n"; }
    location /410 { return 410; } location /418 { return 418 "short\n"; } location /422 { return 422 ""; }
    location /444 { return 444; } location /500 { return 500; } location /501 { return 501; }
    location /502 { return 502; } location /503 { return 503; } location /504 { return 504; }
    location /page { error_page 404 /page.json; return 404; } location = /page.json { types { application/json json; } }
    location /mild { error_page 404 =200 /page.json; return 404; }'
  check_table <<'ROWS'
400             | get $plain/400                       | 1 | 400 Bad Request  | : 400 Bad Request
401             | get $plain/401                       | 4 | 401              | : 401 Unauthorized
403             | get $plain/403                       | 4 | 403              | : 403 Forbidden
403, over 2     | get $tls/403                         | 4 | 403              | : 403 Forbidden
404             | get $plain/404                       | 1 | 404              | : 404 Not Found
405             | post -d x $plain/405                 | 1 | 405              | : 405 Not Allowed
407             | get $plain/407                       | 4 | *                | : 407
409             | put -d x $plain/409                  | 1 | =conflict\n      | : 409 Conflict
410             | get $plain/410                       | 1 | 410              | : 410 Gone
unknown         | get $plain/418                       | 1 | =short\n         | : 418
422, no body    | get $plain/422                       | 1 | -                | : 422
500             | get $plain/500                       | 1 | 500              | : 500 Internal Server Error
501             | get $plain/501                       | 1 | 501              | : 501 Not Implemented
502             | get $plain/502                       | 1 | 502              | hint: the gateway's upstream
503             | get $plain/503                       | 1 | 503              | : 503 Service Temporarily Unavailable
503, over 2     | get $tls/503                         | 1 | 503              | : 503 Service Unavailable
504             | get $plain/504                       | 1 | 504              | : 504 Gateway Time-out
expected        | get --expect 404,5xx $plain/503      | 0 | 503              | -
closes at once  | get $plain/444                       | 3 | -                | closed the connection without an answer
a page for it   | get $plain/page                      | 1 | ?cmp - page.json | : 404 Not Found
its JSON        | get --jq .error $plain/page          | 1 | ?cmp - page.json | : 404 Not Found
made a success  | get $plain/mild                      | 0 | ?cmp - page.json | -
two of three    | get $plain/mild http://localhost/500 http://localhost/mild | 6 | * | : 500 Internal Server Error
ROWS
}

@test "upstreams that are slow, broken, or not there" {
  start_service good
  start_raw breaks read 'send:HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789' close
  start_raw breaks_chunked read 'send:HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n' close
  start_raw too_much read 'send:HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdefgh' close
  start_raw invalid read 'send:HTTP/1.1 200 OK\r\nBad\x00Header: x\r\n\r\n' close
  start_raw not_http 'send:220 mail.example ESMTP\r\n' close
  start_raw silent read hang
  start_raw resets read reset
  start_raw stops read 'send:HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc' hang
  start_nginx "proxy_http_version 1.1; proxy_buffering off; proxy_read_timeout 300ms;
    location /good/ { proxy_pass $good/; } location /patient/ { proxy_pass $good/; proxy_read_timeout 9s; }
    location /refused { proxy_pass http://127.0.0.1:1; } location /breaks { proxy_pass http://$breaks; }
    location /breaks_chunked { proxy_pass http://$breaks_chunked; }
    location /too_much { proxy_pass http://$too_much; } location /invalid { proxy_pass http://$invalid; }
    location /not_http { proxy_pass http://$not_http; } location /silent { proxy_pass http://$silent; }
    location /resets { proxy_pass http://$resets; } location /stops { proxy_pass http://$stops; }"
  check_table <<'ROWS'
good                    | get $plain/good/json                    | 0 | ?jq -e .service     | -
good, over 2            | get $tls/good/json                      | 0 | ?jq -e .service     | -
slower than the gateway | get $plain/good/delay/2000              | 1 | 504                 | : 504 Gateway Time-out
slower than we wait     | get --timeout 300ms $plain/patient/delay/5000 | 5 | -             | timed out while waiting for the response
slow, and we wait       | get $plain/patient/delay/600            | 0 | *                   | -
drips                   | get $plain/patient/drip/20/20           | 0 | ?[ "$(wc -c)" = 20 ] | -
drips, over 2           | get $tls/patient/drip/20/20             | 0 | ?[ "$(wc -c)" = 20 ] | -
drips too long          | get --timeout 400ms $plain/patient/drip/50/100 | 5 | *            | timed out while receiving the body
refused                 | get $plain/refused                      | 1 | 502                 | hint: the gateway's upstream
refused, over 2         | get $tls/refused                        | 1 | 502                 | : 502 Bad Gateway
resets                  | get $plain/resets                       | 1 | 502                 | : 502 Bad Gateway
says nothing            | get $plain/silent                       | 1 | 504                 | : 504 Gateway Time-out
sends what is no header | get $plain/invalid                      | 1 | 502                 | : 502 Bad Gateway
does not speak HTTP     | get $plain/not_http                     | 3 | -                   | the answer is not HTTP
breaks off              | get $plain/breaks                       | 3 | =0123456789         | the body broke off after 10 bytes
breaks off, over 2      | get $tls/breaks                         | 3 | =0123456789         | the body broke off after 10 bytes
breaks off, file        | get -o file $plain/breaks               | 3 | ?[ ! -e file ]      | the body broke off
breaks off, record      | get --format json $plain/breaks         | 3 | ?jq -e '.outcome=="unreachable" and .body_bytes==10' | the body broke off
breaks off, chunked     | get $plain/breaks_chunked               | 3 | =abc                | the body broke off after 3 bytes
breaks off, again       | get --retry 2 --backoff 1ms $plain/breaks | 3 | =0123456789       | (attempt 3)
stops                   | get $plain/stops                        | 3 | =abc                | the body broke off after 3 bytes
more than it announced  | get $plain/too_much                     | 0 | =abc                | -
broken, then good       | get $plain/breaks http://localhost/good/json | 6 | *              | the body broke off
ROWS
}

@test "bodies on their way to the service" {
  head -c 3000000 /dev/zero | tr '\0' x >large
  printf 'a\0b' >bytes
  echo text >text
  mkdir folder
  mkfifo fifo silent
  start_process writer bash -c 'cat text >fifo'
  start_service upstream
  start_nginx "client_body_buffer_size 8k; client_max_body_size 0;
    location / { proxy_pass $upstream/; }
    location /unbuffered/ { proxy_request_buffering off; proxy_http_version 1.1; proxy_pass $upstream/; }
    location /limited/ { client_max_body_size 1m; proxy_pass $upstream/; }
    location /moved { return 307 /echo; } location /moved/permanently { return 308 /limited/echo; }"
  check_table <<'ROWS'
--data                | post -d a=1 -d b=2 $plain/echo                    | 0 | ?jq -e '.body=="a=1&b=2"'                     | -
--data, over 2        | put -d a=1 $tls/echo                              | 0 | ?jq -e '.body=="a=1" and .method=="PUT"'      | -
bytes                 | post -H 'Content-Type: x/y' -d @bytes $plain/echo | 0 | ?jq -e '.body=="a\u0000b"'                     | -
stdin                 | post -H 'Content-Type: x/y' -d @- $plain/echo <bytes | 0 | ?jq -e '.body=="a\u0000b"'                 | -
nothing               | post $plain/echo                                  | 0 | ?jq -e '.headers["content-length"]=="0"'       | -
3 MB, buffered        | post -H 'Content-Type: x/y' -d @large $plain/echo | 0 | ?[ "$(jq -j .body|wc -c)" = 3000000 ]          | -
3 MB, unbuffered      | post -H 'Content-Type: x/y' -d @large $plain/unbuffered/echo | 0 | ?[ "$(jq -j .body|wc -c)" = 3000000 ] | -
3 MB, over 2          | post -H 'Content-Type: x/y' -d @large $tls/unbuffered/echo   | 0 | ?[ "$(jq -j .body|wc -c)" = 3000000 ] | -
form                  | post --form a=1 --form f=@text $plain/echo        | 0 | ?jq -e '[.parts[]|.name,.filename,.body]==["a","","1","f","text","text\n"]' | -
form, its type        | post --form a=1 $plain/echo                       | 0 | ?jq -e '.headers["content-type"]|startswith("multipart/form-data; boundary=")' | -
form, over 2          | post --form f=@text $tls/echo                     | 0 | ?jq -e '.parts[0].body=="text\n"'              | -
form, 3 MB            | post --form f=@large $plain/echo                  | 0 | ?[ "$(jq -j '.parts[0].body'|wc -c)" = 3000000 ] | -
form, a pipe          | post --form f=@fifo $plain/echo                   | 0 | ?jq -e '[.parts[]|.name,.filename,.body]==["f","fifo","text\n"]' | -
form, nobody writes   | post --timeout 300ms --form f=@silent $plain/echo | 5 | -                                              | timed out while reading 'silent'
form, a folder        | post --form f=@folder $plain/echo                 | 11 | -                                             | Is a directory
form, not there       | post --form f=@none $plain/echo                   | 11 | -                                             | none
too large             | post -d @large $plain/limited/echo                | 1 | 413                                            | : 413 Request Entity Too Large
too large, over 2     | post -d @large $tls/limited/echo                  | 1 | 413                                            | : 413
too large, form       | post --form f=@large $plain/limited/echo          | 1 | 413                                            | : 413
small enough          | post -d @text $plain/limited/echo                 | 0 | ?jq -e '.body=="text\n"'                       | -
307                   | post -L -d body $plain/moved                      | 0 | ?jq -e '.method=="POST" and .body=="body"'     | -
307, form             | post -L --form f=@text $plain/moved               | 0 | ?jq -e '.parts[0].body=="text\n"'              | -
307, stdin            | put -L -d @- $plain/moved <text                   | 0 | ?jq -e '.method=="PUT" and .body=="text\n"'    | -
308, then too large   | post -L -d @large $plain/moved/permanently        | 1 | 413                                            | /limited/echo: 413
ROWS
}

@test "a limit of requests is told, and waited for with --retry" {
  start_nginx 'location /busy { limit_req zone=slow; try_files /ok =404; }
    location /many { limit_req zone=slow; limit_req_status 429; try_files /ok =404; }
    location /later { limit_req zone=slow; limit_req_status 429; try_files /ok =404; error_page 429 @later; }
    location @later { add_header Retry-After 1 always; return 429; }' \
    'limit_req_zone $request_uri zone=slow:1m rate=2r/s;'
  echo ok >ok
  check_table <<'ROWS'
503              | get $plain/busy?1 http://localhost/busy?1 | 6 | *          | : 503 Service Temporarily Unavailable
429              | get $plain/many?1 http://localhost/many?1 | 6 | *          | : 429 Too Many Requests
503, waited for  | get --retry 9 --backoff 200ms --jitter none $plain/busy?2 http://localhost/busy?2 | 0 | =ok\nok\n | 503 Service Temporarily Unavailable; attempt 2 of 10 in 200ms
429, waited for  | get --retry 9 --backoff 200ms --jitter none $plain/many?2 http://localhost/many?2 | 0 | =ok\nok\n | 429 Too Many Requests; attempt 2 of 10 in 200ms
Retry-After      | get --retry 1 --backoff 1ms $plain/later?1 http://localhost/later?1               | 0 | =ok\nok\n | attempt 2 of 2 in 1s
no time for that | get --retry 1 --timeout 500ms $plain/later?2 http://localhost/later?2             | 6 | *         | not tried again: the next attempt would be in 1s
ROWS
}
