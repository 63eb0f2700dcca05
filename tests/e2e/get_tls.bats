#!/usr/bin/env bats
# get over TLS, and through a real nginx.

bats_require_minimum_version 1.5.0
load helper

tls() { # NAME [ARGUMENTS]: an HTTPS service with that certificate
  stop_process service
  rm -f "$BATS_TEST_TMPDIR/service.out" # or the port of the one before is taken for the new one's
  start_service service --cert "$MSCOMM_TEST_TLS_DIR/$1.pem" --key "$MSCOMM_TEST_TLS_DIR/$1.key" \
    "${@:2}"
}

ca() {
  echo "$MSCOMM_TEST_TLS_DIR/ca.pem"
}

@test "a certificate of the given authority is trusted" {
  tls server
  run_split mscomm get --tls-ca "$(ca)" "$service/health"
  assert_status 0
  assert_stdout '{"status":"pass"}'
  run_split mscomm get --tls-ca "$(ca)" --format json "$service/health"
  assert_equal "$(jq '.tls_ms > 0' "$out")" true
}

@test "an authority that nobody named is not trusted, and the hint says how" {
  tls server
  run_split mscomm get "$service/health"
  assert_status 3
  assert_stdout
  assert_stderr_has 'unable to get local issuer certificate'
  assert_stderr_has 'hint: a private authority? give its certificate: --tls-ca FILE'
}

@test "expired, wrong-name and untrusted certificates are exit 3, each with its reason" {
  tls expired
  run_split mscomm get --tls-ca "$(ca)" "$service/health"
  assert_status 3
  assert_stderr_has 'certificate has expired'
  tls wrong-name
  run_split mscomm get --tls-ca "$(ca)" "$service/health"
  assert_status 3
  assert_stderr_has "subject name matches target host name 'localhost'"
  assert_stderr_has 'hint: the certificate is for another host name'
  tls untrusted
  run_split mscomm get --tls-ca "$(ca)" "$service/health"
  assert_status 3
  assert_stderr_has 'unable to get local issuer certificate'
}

@test "--insecure accepts any of them" {
  for certificate in expired wrong-name untrusted; do
    tls "$certificate"
    run_split mscomm get --insecure "$service/health"
    assert_status 0
  done
}

@test "--tls-server-name is asked for and verified instead of the host" {
  tls wrong-name
  run_split mscomm get --tls-ca "$(ca)" --tls-server-name wrong.example "$service/echo"
  assert_status 0
  assert_equal "$(jq -r .headers.host "$out")" "${service#https://}"
  run_split mscomm get --tls-ca "$(ca)" --tls-server-name other.example "$service/echo"
  assert_status 3
}

@test "a client certificate is presented, and missed when it is not given" {
  tls server --client-ca "$(ca)"
  run_split mscomm get --tls-ca "$(ca)" --tls-cert "$MSCOMM_TEST_TLS_DIR/client.pem" \
    --tls-key "$MSCOMM_TEST_TLS_DIR/client.key" "$service/health"
  assert_status 0
  cat "$MSCOMM_TEST_TLS_DIR"/client.{pem,key} >both.pem
  run_split mscomm get --tls-ca "$(ca)" --tls-cert both.pem "$service/health"
  assert_status 0
  run_split mscomm get --tls-ca "$(ca)" "$service/health"
  assert_status 3
  run_split mscomm get --tls-ca "$(ca)" --tls-key "$MSCOMM_TEST_TLS_DIR/client.key" "$service/health"
  assert_status 2
}

@test "a certificate file that is missing or no certificate says so" {
  tls server
  run_split mscomm get --tls-ca missing.pem "$service/health"
  assert_status 11
  assert_stderr_has missing.pem
  echo nonsense >nonsense.pem
  run_split mscomm get --tls-ca nonsense.pem "$service/health"
  assert_status 2
  assert_stderr_has nonsense.pem
}

@test "TLS on a plain port and the reverse are exit 3 with a hint" {
  start_service plain
  run_split mscomm get "https://${plain#http://}/health"
  assert_status 3
  assert_stderr_has 'hint: the server may speak plain http://'
  tls server
  run_split mscomm get --timeout 10s "http://${service#https://}/health"
  assert_status 3
}

@test "credentials do not follow a redirect from https to http" {
  start_service plain
  tls server
  run_split mscomm get -L --tls-ca "$(ca)" --user me:pw "$service/redirect-to?url=$plain/echo"
  assert_status 0
  assert_equal "$(jq .headers.authorization "$out")" null
}

@test "HTTP/2 is spoken when nginx offers it" {
  # shellcheck disable=SC2016  # nginx expands it
  start_nginx 'location / { return 200 "$server_protocol\n"; } location /gone { return 404; }'
  run_split mscomm get --unix-socket tls.sock --tls-ca "$(ca)" https://localhost/
  assert_status 0
  assert_stdout 'HTTP/2.0'
  run_split mscomm get --unix-socket tls.sock --tls-ca "$(ca)" --format json https://localhost/gone
  assert_status 1
  assert_equal "$(jq -c '[.http_version,.reason,.remote]' "$out")" '["2","Not Found","unix:tls.sock"]'
  run_split mscomm get --unix-socket plain.sock http://localhost/
  assert_stdout 'HTTP/1.1'
}

@test "over HTTP/2 too no credential is shown, nor the proxy's" {
  https_proxy=me:S3cret@127.0.0.1:1 run_split mscomm get -vv https://service.test/
  assert_status 3
  assert_stderr_has 'Uses proxy env variable https_proxy'
  assert_stderr_lacks S3cret
  start_nginx 'location / { return 204; }'
  run_split mscomm get -vv --unix-socket tls.sock --tls-ca "$(ca)" https://localhost/ \
    -H 'Authorization: Bearer S3cret' -H 'Cookie: a=S3cret'
  assert_status 0
  assert_stderr_has 'HTTP/2 204'
  assert_stderr_lacks S3cret
}

@test "HTTP/2 carries a large body both ways" {
  start_service upstream
  start_nginx "client_max_body_size 0;
    location /echo { proxy_pass $upstream; } location / { root $PWD; }"
  head -c 20000000 /dev/urandom >large
  run_split mscomm get --unix-socket tls.sock --tls-ca "$(ca)" https://localhost/large
  assert_status 0
  assert_stdout_is large
  head -c 3000000 /dev/zero | tr '\0' x >upload
  run_split mscomm post -H 'Content-Type: text/plain' -d @upload --unix-socket tls.sock \
    --tls-ca "$(ca)" https://localhost/echo
  assert_status 0
  assert_equal "$(jq '.body|length' "$out")" 3000000
}

@test "a gateway without its upstream is exit 1, and the hint blames the upstream" {
  start_nginx 'location / { proxy_pass http://127.0.0.1:1/; }'
  run_split mscomm get --unix-socket plain.sock http://localhost/
  assert_status 1
  assert_stderr_has '502 Bad Gateway'
  assert_stderr_has "hint: the gateway's upstream"
}

@test "a Unix socket that is not there is exit 3" {
  run_split mscomm get --unix-socket nowhere.sock http://localhost/
  assert_status 3
  assert_stderr_has 'No such file'
}
