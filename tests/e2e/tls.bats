#!/usr/bin/env bats
# AMQP over TLS: what is trusted, what is refused and what is said of it.

load helper

setup() {
  setup_queue
  export MSCOMM_TEST_TIMEOUT=10
  address=${AMQP##*@}
}

need_tls() {
  [ -n "${MSCOMM_TEST_AMQPS_URL:-}" ] || skip 'needs a broker with TLS'
  amqps=$MSCOMM_TEST_AMQPS_URL
  tls=$MSCOMM_TEST_TLS_DIR
  amqp declare "$q"
}

@test "TLS: a certificate of the given authority is trusted" {
  need_tls
  run_split mscomm publish -u "$amqps" --tls-ca "$tls/ca.pem" -q "$q" x
  assert_status 0
  head -c 1000000 /dev/urandom >big
  run_split mscomm publish -u "$amqps" --tls-ca "$tls/ca.pem" -q "$q" <big
  assert_status 0
  run_split mscomm consume -u "$amqps" --tls-ca "$tls/ca.pem" "$q" -n 2 --delimiter ''
  assert_status 0
  { printf x && cat big; } >expected
  assert_stdout_is expected
}

@test "TLS: 3 for an authority that nobody named, --insecure says what that means" {
  need_tls
  run_split mscomm publish -u "$amqps" -q "$q" x
  assert_status 3
  assert_stderr_has 'TLS: self-signed certificate in certificate chain'
  assert_stderr_has 'hint: --tls-ca FILE'
  run_split mscomm publish -u "$amqps" --tls-ca "$tls/untrusted-ca.pem" -q "$q" x
  assert_status 3
  queue_holds "$q" 0
  run_split mscomm publish -u "$amqps" --insecure -q "$q" x
  assert_status 0
  queue_holds "$q" 1
}

@test "TLS: 3 for another name, which --tls-server-name can name" {
  need_tls
  run_split mscomm consume -u "$amqps" --tls-ca "$tls/ca.pem" --tls-server-name other.example "$q"
  assert_status 3
  assert_stderr_has 'TLS: hostname mismatch'
  assert_stderr_has 'hint: the certificate is for another name'
  start_service service --cert "$tls/wrong-name.pem" --key "$tls/wrong-name.key"
  local url=amqps://${service#https://}
  run_split mscomm consume -u "$url" --tls-ca "$tls/ca.pem" "$q"
  assert_status 3
  assert_stderr_has 'TLS: hostname mismatch'
  run_split mscomm consume -u "$url" --tls-ca "$tls/ca.pem" --tls-server-name wrong.example "$q" --timeout 3s
  assert_stderr_lacks 'TLS: hostname mismatch'
}

@test "TLS: 3 for an expired certificate" {
  need_tls
  start_service service --cert "$tls/expired.pem" --key "$tls/expired.key"
  run_split mscomm fanout "$q" x -u "amqps://${service#https://}" --tls-ca "$tls/ca.pem"
  assert_status 3
  assert_stderr_has 'TLS: certificate has expired'
  assert_stderr_has 'hint: the broker needs a new certificate'
}

@test "TLS: 3 for amqps to a plain port and amqp to a TLS port" {
  need_tls
  run_split mscomm consume -u "amqps://$address" --tls-ca "$tls/ca.pem" "$q"
  assert_status 3
  assert_stderr_has 'hint: '
  assert_stderr_has amqp://
  run_split mscomm consume -u "amqp://${amqps##*@}" "$q"
  assert_status 3
  assert_stderr_has 'the port speaks TLS'
  assert_stderr_has 'hint: write amqps://'
}

@test "TLS: a client certificate logs in, one of a stranger does not" {
  need_tls
  local url=amqps://${amqps##*@}
  run_split mscomm publish -u "$url" --tls-ca "$tls/ca.pem" --tls-cert "$tls/client.pem" \
    --tls-key "$tls/client.key" -q "$q" --user-id guest x
  assert_status 0
  cat "$tls/client.key" "$tls/client.pem" >both.pem
  run_split mscomm consume -u "$url?auth_mechanism=external" --tls-ca "$tls/ca.pem" \
    --tls-cert both.pem "$q" -n 1
  assert_status 0
  assert_stdout x
  run_split mscomm consume -u "$url" --tls-ca "$tls/ca.pem" --tls-cert "$tls/stranger.pem" \
    --tls-key "$tls/stranger.key" "$q" -n 1
  assert_status 4
  assert_stderr_has EXTERNAL
}
