#!/usr/bin/env bats
# get and its kin over HTTP/2 with servers of several makes: large headers, bodies, trailers, and
# restarts under load. Each test is the same for every make that is installed.
#
# shellcheck disable=SC2034,SC2154  # variables of the helper

bats_require_minimum_version 1.5.0
load helper

setup() {
  setup_test
  MSCOMM_TEST_TIMEOUT=60
  PATH=$PATH:/usr/sbin
  # Some makes serve as a user of their own, to whom the test's folder is closed.
  site=$(mktemp -d)
  chmod 755 "$site"
  printf ok >"$site/ok"
  head -c 20000000 /dev/zero | tr '\0' x >"$site/body"
}

teardown() {
  stop_process server # by itself, so that its workers end too
  teardown_test
  rm -rf "$site"
}

large_headers() { # FORMAT SIZE LINES: lines of FORMAT, which takes a number and a value
  local value i
  value=$(head -c $(($2 / $3)) /dev/zero | tr '\0' X)
  for ((i = 0; i < $3; i++)); do
    # shellcheck disable=SC2059
    printf "$1\n" "$i" "$value"
  done
}

sizes=(1000 17000 33000 64000 100000 120000)

free_port() {
  /usr/bin/python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

serve_nginx() {
  local size locations=''
  for size in "${sizes[@]}" 200000; do
    locations+="location /headers/$size { $(large_headers 'add_header X-Large-%s "%s";' "$size" $((size / 1000))) return 200 ok; }"
  done
  cat >nginx.conf <<CONF
daemon off;
user $(id -un);
pid $PWD/nginx.pid;
error_log stderr;
worker_processes 2;
events {}
http {
  log_format method \$request_method;
  access_log $PWD/log method;
  client_max_body_size 100m;
  client_body_temp_path $PWD; proxy_temp_path $PWD; fastcgi_temp_path $PWD;
  uwsgi_temp_path $PWD; scgi_temp_path $PWD;
  server {
    listen unix:$PWD/server.sock ssl http2;
    ssl_certificate $MSCOMM_TEST_TLS_DIR/server.pem;
    ssl_certificate_key $MSCOMM_TEST_TLS_DIR/server.key;
    root $site;
    location /ok { return 200 ok; }
    location /body {}
    location /limited { client_max_body_size 100k; return 200 ok; }
    $locations
  }
}
CONF
  start_process server nginx -p "$PWD" -c "$PWD/nginx.conf"
  await 10 test -S server.sock
  reload=HUP
}

serve_apache() {
  local port size
  port=$(free_port)
  cp "$MSCOMM_TEST_TLS_DIR"/server.{pem,key} .
  mkdir "$site/headers"
  {
    cat <<CONF
ServerRoot $PWD
ServerName localhost
PidFile $PWD/apache.pid
DefaultRuntimeDir $PWD
ErrorLog /dev/stderr
Listen 127.0.0.1:$port
$(for module in mpm_event http2 ssl socache_shmcb headers authz_core; do
      echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
    done)
User www-data
Group www-data
DocumentRoot $site
LogFormat %m method
CustomLog $PWD/log method
Protocols h2
SSLEngine on
SSLCertificateFile $PWD/server.pem
SSLCertificateKeyFile $PWD/server.key
ThreadsPerChild 25
MaxRequestWorkers 100
CONF
    for size in "${sizes[@]}" 200000; do
      cp "$site/ok" "$site/headers/$size"
      echo "<Location /headers/$size>"
      large_headers 'Header set X-Large-%s "%s"' "$size" $((size / 1000))
      echo '</Location>'
    done
  } >apache.conf
  start_process server apache2 -f "$PWD/apache.conf" -DFOREGROUND
  await 10 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
  address=(--connect-to "::127.0.0.1:$port")
  reload=USR1
}

serve_haproxy() {
  local size
  cat "$MSCOMM_TEST_TLS_DIR"/server.{pem,key} >both.pem
  cat >haproxy.cfg <<CONF
global
  tune.bufsize 400000
  stats socket $PWD/haproxy.sock
defaults
  mode http
  timeout client 30s
  timeout server 30s
  timeout connect 5s
frontend front
  bind unix@$PWD/server.sock ssl crt $PWD/both.pem alpn h2
$(for size in "${sizes[@]}" 200000; do
    echo "  http-request return status 200 content-type text/plain string ok$(
      large_headers 'hdr X-Large-%s "%s"' "$size" 10 | tr '\n' ' ' | sed 's/^/ /') if { path /headers/$size }"
  done)
  http-request return status 200 content-type text/plain file $site/small if { path /body }
  http-request return status 200 content-type text/plain string ok
CONF
  head -c 100000 /dev/zero | tr '\0' x >"$site/small"
  start_process server haproxy -W -f haproxy.cfg
  await 10 test -S server.sock
  reload=USR2
}

serve_node() {
  : >log
  start_process server node "$tests_root/support/http2_node.js" "$PWD/server.sock" \
    "$MSCOMM_TEST_TLS_DIR/server" "$PWD/log"
  await 10 test -S server.sock
  reload=HUP
}

makes() {
  local make
  for make in nginx apache2 haproxy node; do
    ! type "$make" >/dev/null 2>&1 || echo "$make"
  done
}

start_server() { # MAKE: sets $url, options to reach it in ${reach[@]}
  local address=(--unix-socket server.sock)
  stop_process server
  rm -f server.sock log
  rm -rf "$site/headers"
  "serve_${1%2}"
  reach=("${address[@]}" --tls-ca "$MSCOMM_TEST_TLS_DIR/ca.pem")
  url=https://localhost
  await 10 "$MSCOMM" get "${reach[@]}" "$url/ok"
}

@test "headers, bodies and trailers of each make arrive whole and at once" {
  local make size
  for make in $(makes); do
    start_server "$make"
    for size in "${sizes[@]}"; do
      [ "$make" != apache2 ] || ((size < 60000)) || continue # it sends no more
      run_split mscomm get --timeout 5s "${reach[@]}" "$url/headers/$size" --format json
      ((status == 0)) || complain "$make, headers of $size: $(<"$err")"
      run_split jq -e ".http_version == \"2\" and ([.headers | to_entries[] | select(.key | startswith(\"x-large\")) |
        .value | length] | add) == $size" "$out"
      ((status == 0)) || complain "$make: headers of $size are not whole"
    done
    # Several at once share a connection.
    run_split mscomm get --timeout 5s -n 60 -c 20 "${reach[@]}" "$url/headers/33000" \
      --format '{succeeded} {failed}\n'
    assert_stdout '60 0'
    run_split mscomm get --timeout 5s "${reach[@]}" "$url/headers/200000"
    ((status != 5)) || complain "$make: 200 KB of headers are waited for: $(<"$err")"
    run_split mscomm get --timeout 20s "${reach[@]}" "$url/body" --format '{body_bytes}\n'
    assert_status 0
    case $make in haproxy) assert_stdout 100000 ;; *) assert_stdout 20000000 ;; esac
    [ "$make" != node ] || run_split mscomm get --timeout 5s "${reach[@]}" "$url/trailers"
    assert_status 0
    # The others answer before they have read it, and reset the stream; libcurl may lose the answer.
    case $make in nginx | node)
      run_split mscomm post --timeout 20s -d "@$site/body" "${reach[@]}" "$url/ok"
      assert_status 0
      assert_stdout_has ok
      ;;
    esac
  done
}

has_posts() { # COUNT
  [ "$(grep -c POST log)" = "$1" ]
}

@test "a restart under load makes no request fail and no POST happen twice" {
  local make method
  for make in $(makes); do
    start_server "$make"
    for method in get post; do
      : >log
      start_process load mscomm "$method" "${reach[@]}" "$url/ok" --rate 200/s -n 800 --timeout 40s -c 20 \
        --format '{succeeded} {failed}\n'
      for _ in 1 2 3; do
        pause 1
        kill -s "$reload" "$server_pid"
      done
      await_process load
      ((status == 0)) || complain "$make, $method: $(<"$load_err")"
      grep -qx '800 0' "$load_out" || complain "$make, $method: $(<"$load_out") $(<"$load_err")"
      # An idempotent one may be sent again when a connection ends without a word.
      [ "$method" = get ] || [ "$make" = haproxy ] || await 5 has_posts 800
    done
  done
}
