#!/usr/bin/env bats
# A body that lasts until TLS ends is whole only if TLS was ended, and not merely the connection.
#
# shellcheck disable=SC2016,SC2034,SC2154  # check_table() expands what stands in single quotes

bats_require_minimum_version 1.5.0
load helper

ok='send:HTTP/1.1 200 OK\r\n'
no='send:HTTP/1.1 500 Oh\r\n'
two='Content-Length: 2\r\n\r\nok'
chunks='Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n'

setup() {
  setup_test
  MSCOMM_TEST_TIMEOUT=10
  ln -s "$MSCOMM_TEST_TLS_DIR" tls
}

play_tls() { # STEP...: as play(), with the authority in $https
  play "$@"
  https="--tls-ca tls/ca.pem $https"
}

secretly() { # VERSION STEP...: the same over that version of TLS
  play_tls "tls:tls/server,$1" "${@:2}"
}

@test "without close_notify a body without a length is incomplete" {
  local cut='may be cut short' version
  for version in 1.2 1.3; do
    check_table "secretly $version" <<'ROWS'
ended                | read "${ok}\r\nab" end                     | get $https  | 0 | =ab | -
cut                  | read "${ok}\r\nab" close                   | get $https  | 3 | =ab | the body broke off after 2 bytes: the connection ended, TLS did not (no close_notify)
cut, empty           | read "${ok}\r\n" close                     | get $https  | 3 | -   | the body broke off after 0 bytes
ended, empty         | read "${ok}\r\n" end                       | get $https  | 0 | -   | -
cut, post            | read "${ok}\r\nab" close                   | post -d x $https | 7 | =ab | no close_notify
ended, post          | read "${ok}\r\nab" end                     | post -d x $https | 0 | =ab | -
HTTP/1.0             | read "send:HTTP/1.0 200 OK\r\n\r\nab" close | get $https | 3 | =ab | no close_notify
it said no           | read "${no}\r\nab" close                   | get $https  | 1 | =ab | : 500 Oh, and the body broke off after 2 bytes
a record             | read "${ok}\r\nab" close                   | get --format json $https | 3 | ?jq -e '.outcome=="unreachable" and .status==200' | no close_notify
a file               | read "${ok}\r\nab" close                   | get -o new $https | 3 | - | no close_notify
again                | read "${ok}\r\nab" close                   | get --retry 1 --backoff 1ms $https | 3 | =ab | (attempt 2)
much                 | read "${ok}\r\n" repeat:9999:0123456789 end   | get $https | 0 | ?[ "$(wc -c)" = 99990 ] | -
much, cut            | read "${ok}\r\n" repeat:9999:0123456789 close | get $https | 3 | ?[ "$(wc -c)" = 99990 ] | no close_notify
piece by piece       | read "${ok}\r\n" drip:5:0123456789 end     | get $https  | 0 | =0123456789 | -
a length             | read "${ok}$two" close                     | get $https  | 0 | =ok | -
chunks               | read "${ok}$chunks" close                  | get $https  | 0 | =ab | -
chunks, load         | read "${ok}$chunks" close                  | get -n 3 $https | 0 | * | -
204                  | read "send:HTTP/1.1 204 No\r\n\r\n" close  | get $https  | 0 | -   | -
304                  | read "send:HTTP/1.1 304 No\r\n\r\n" close  | get --expect 304 $https | 0 | - | -
HEAD                 | read "${ok}\r\n" close                     | head $https | 0 | *   | -
HEAD, a length       | read "${ok}Content-Length: 9\r\n\r\n" close | head $https | 0 | *  | -
102 with chunks      | read "send:HTTP/1.1 102 Wait\r\nTransfer-Encoding: chunked\r\n\r\n" "${ok}\r\nab" close | get $https | 3 | =ab | no close_notify
packed               | read "${ok}Content-Encoding: identity\r\n\r\nab" close | get --compressed $https | 3 | =ab | no close_notify
load                 | read "${ok}\r\nab" close                   | get -n 4 -c 2 --format json $https | 3 | ?jq -e '.failures|keys==["reset"]' | no close_notify
load, ended          | read "${ok}\r\nab" end                     | get -n 4 -c 2 --format json $https | 0 | ?jq -e '.failed==0' | -
at once              | read "${ok}\r\nab" close                   | get -c 3 $https/1 ${https##* }/2 ${https##* }/3 --format '{outcome}\n' | 3 | =unreachable\nunreachable\nunreachable\n | no close_notify
a redirect's         | read "send:HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\nab" close | get -L $https | 1 | - | : 302 Found, and the body broke off
kept, then cut       | read "${ok}$two" read "${ok}\r\nab" close  | get $https/1 ${https##* }/2 --format '{outcome}\n' | 6 | =ok\nunreachable\n | no close_notify
kept, then ended     | read "${ok}$two" read "${ok}\r\nab" end    | get $https/1 ${https##* }/2 --format '{outcome}\n' | 0 | =ok\nok\n | -
a reset              | read "${ok}\r\nab" reset                   | get $https  | 3 | *   | the body broke off
ROWS
  done
  [ ! -e new ]
}

@test "without TLS the end of the connection ends the body" {
  play_tls read "${ok}\r\nab" close
  run_split mscomm get "$http"
  assert_status 0
}

@test "each of several bodies at once is judged by its own connection" {
  cat >half.py <<'PY'
import socket, ssl, threading

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("tls/server.pem", "tls/server.key")


def serve(peer):
    try:
        peer = context.wrap_socket(peer, server_side=True)
        head = b""
        while b"\r\n\r\n" not in head:
            head += peer.recv(4096)
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\nab")
        if b" /ended" in head:
            peer.unwrap()
    except OSError:
        pass
    peer.close()


listener = socket.create_server(("127.0.0.1", 0), backlog=64)
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
PY
  start_listener half /usr/bin/python3 half.py
  run_split mscomm get --tls-ca tls/ca.pem "https://localhost:$port/"{ended,cut} -n 40 -c 8 --format json
  assert_equal "$(jq -c '[.succeeded, .failures]' "$out")" '[20,{"reset":20}]'
}

@test "a server that asked for a certificate and ends without a word gets a hint" {
  local version
  for version in 1.2 1.3; do
    check_table "secretly $version,asks" <<'ROWS'
reset       | read reset      | get $https       | 3 | - | hint: the server asks for a client certificate: --tls-cert
closed      | read close      | get $https       | 3 | - | hint: the server asks for a client certificate: --tls-cert
a POST      | read reset      | post -d x $https | 7 | - | hint: the service may have done it all the same; the server asks for a client certificate
400         | read "send:HTTP/1.1 400 Bad Request\r\n$two" hang | get $https | 1 | =ok | hint: the server asks for a client certificate: --tls-cert
404         | read "send:HTTP/1.1 404 Not Found\r\n$two" hang   | get $https | 1 | =ok | hint: is the path right?
given       | read reset      | get --tls-cert tls/client.pem --tls-key tls/client.key $https | 3 | - | ?! grep -q -e --tls-cert
ROWS
  done
  check_table 'secretly 1.3' <<'ROWS'
did not ask | read reset      | get $https       | 3 | - | ?! grep -q -e --tls-cert
ROWS
}

@test "through a proxy that speaks TLS it is the proxy's that has to end" {
  unshare -m mount --bind /etc/ssl/certs /etc/ssl/certs 2>/dev/null || skip 'needs a mount namespace'
  mkdir trust
  cp tls/ca.pem trust/ca-certificates.crt # libcurl's own store is the one for proxies
  through() { # VERSION END
    play_tls "tls:tls/server,$1" read "${ok}\r\nab" "$2"
    run_split unshare -m sh -c 'mount --bind trust /etc/ssl/certs && exec "$@"' sh \
      "$MSCOMM" get --proxy "https://localhost:${raw##*:}" http://service.invalid/
  }
  local version
  for version in 1.2 1.3; do
    through $version end
    assert_status 0
    through $version close
    assert_status 3
    assert_stderr_has 'no close_notify'
  done
}
