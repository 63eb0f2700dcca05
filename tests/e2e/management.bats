#!/usr/bin/env bats
# RabbitMQ's management API, through the client that commands use (tests/support/queue_facts.cpp).
#
# shellcheck disable=SC2016  # jq expressions

load helper

setup() {
  setup_test
  [ -n "${MSCOMM_TEST_MANAGEMENT_URL:-}" ] || skip 'needs the management interface'
  queue_facts=${MSCOMM_HTTP_SERVICE%/*}/queue_facts
  api=$MSCOMM_TEST_MANAGEMENT_URL
  q=$(fresh_queue)
}

teardown() {
  if [ -e made ]; then
    while read -r path; do manage DELETE "$path"; done <made
  fi
  teardown_test
}

make() { # PATH [JSON]: is there until the test ends
  manage PUT "$@"
  echo "$1" >>made
}

facts() { # VERB [NAME]
  run_split "$queue_facts" "$AMQP" "$api" "$@"
}

says() { # JQ_EXPRESSION of the queue $q
  facts queue "$q" && [ "$status" -eq 0 ] && jq -e "$1" "$out"
}

# In front of the broker's address, another login.
as_user() { # USER:PASSWORD
  api=http://$1@${MSCOMM_TEST_MANAGEMENT_URL##*@}
}

assert_unknown() { # TEXT
  assert_status 1
  assert_stdout
  assert_stderr_has "not known: $1"
  assert_stderr_lacks "${2:-hidden}"
}

@test "a queue's type, flags and counts" {
  amqp declare "$q" --durable
  amqp fill "$q" 3
  await 15 says '.messages == 3 and .ready == 3 and .unacknowledged == 0 and .consumers == 0'
  says '.type == "classic" and .durable and (.exclusive or .auto_delete | not) and .policies_known'
  says '.delivery_limit == null and .effective_delivery_limit == null'
}

@test "a stream is one" {
  amqp declare "$q" --durable --arg x-queue-type='"stream"'
  says '.vhost == "/" and .type == "stream" and .effective_delivery_limit == null'
}

@test "the delivery limit of a quorum queue is the smaller one of argument and policy" {
  amqp declare "$q" --durable --arg x-queue-type='"quorum"' --arg x-delivery-limit=7 \
    --arg x-dead-letter-exchange='""'
  # A broker says what applies to a new quorum queue after some seconds; the argument it has at once.
  says '.type == "quorum" and .delivery_limit == 7 and .dead_letter_exchange == ""'
  await 15 says '.policies_known and .messages == 0'
  says '.effective_delivery_limit == 7'
  make "policies/%2F/$q" \
    '{"pattern":"^'"$q"'$","definition":{"delivery-limit":5,"dead-letter-exchange":"other"},"apply-to":"queues"}'
  await 15 says '.effective_delivery_limit == 5 and .dead_letter_exchange == ""'
}

@test "what nobody set is left to the version, and unknown statistics are not 0" {
  amqp declare "$q" --durable --arg x-queue-type='"quorum"'
  says '.policies_known or (.messages == null and .delivery_limit == null)'
  await 15 says '.policies_known'
  says '.effective_delivery_limit == .delivery_limit'
  if mscomm probe "$AMQP" --format '{server}' | grep -q 'RabbitMQ 3'; then
    says '.delivery_limit == null'
  else
    says '.delivery_limit == 20'
  fi
}

@test "a queue that is not there, names that need encoding, another virtual host" {
  facts queue "$q"
  assert_status 0
  assert_stdout null
  make 'queues/%2F/a%2Fb%20c%3F%F0%9F%90%B0' '{"durable":true}'
  facts queue 'a/b c?🐰'
  assert_status 0
  jq -e '.name == "a/b c?🐰"' "$out"
  make "vhosts/$q%2Fx"
  make "permissions/$q%2Fx/guest" '{"configure":".*","write":".*","read":".*"}'
  make "queues/$q%2Fx/inner" '{"durable":false,"auto_delete":true}'
  run_split "$queue_facts" "${AMQP%/}/$q%2Fx" "$api" queue inner
  assert_status 0
  jq -e '.vhost == "'"$q"'/x" and .auto_delete and (.durable | not)' "$out"
  facts queue ..
  assert_unknown "the management API has no path for '..'"
}

@test "all pages of a list, by name" {
  # curl counts
  make "queues/%2F/$q-[1000-1549]" '{"durable":true,"arguments":{"x-dead-letter-exchange":"d"}}'
  seq 1000 1549 | sed "s|^|$q-|" >expected
  facts names "$q-*"
  assert_status 0
  jq -r .name "$out" | cmp - expected
  facts list "$q-1[0-4]?9"
  assert_status 0
  assert_equal "$(jq -r 'select(.dead_letter_exchange == "d").name' "$out")" \
    "$(grep '1[0-4].9$' expected)"
  facts names "${q^^}-*"
  assert_stdout
}

@test "no management API: nothing listens, something else does, it redirects, it is silent" {
  api=http://u:hidden@127.0.0.1:1
  facts queue "$q"
  assert_unknown "GET http://u:***@127.0.0.1:1/api/queues/%2F/$q: cannot connect"
  start_service other
  local path
  for path in status/404 'json' status/503; do
    api=$other/$path
    facts queue "$q"
    assert_unknown "GET $other/$path/api/queues/%2F/$q: "
  done
  start_raw silent hang
  api=http://$silent
  facts queue "$q"
  assert_unknown "GET http://$silent/api/queues/%2F/$q: timed out"
}

@test "https is verified with the broker's TLS options" {
  local tls=$MSCOMM_TEST_TLS_DIR amqps=$MSCOMM_TEST_AMQPS_URL
  [ -n "$tls" ] || skip 'needs a broker with TLS'
  start_service other --cert "$tls/server.pem" --key "$tls/server.key"
  run_split "$queue_facts" "$amqps?cacertfile=$tls/ca.pem" "$other" queue "$q"
  assert_unknown "GET $other/api/queues/%2F/$q: the answer is 404"
  run_split "$queue_facts" "$AMQP" "$other" queue "$q"
  assert_unknown "GET $other/api/queues/%2F/$q: SSL certificate problem"
}

@test "a user who may not ask" {
  as_user guest:hidden
  facts queue "$q"
  assert_unknown "GET http://guest:***@${MSCOMM_TEST_MANAGEMENT_URL##*@}/api/queues/%2F/$q: the user 'guest' may not ask this: "
  make "users/$q" '{"password":"hidden","tags":""}'
  as_user "$q:hidden"
  facts queue "$q"
  assert_status 1
  assert_stderr_has "the user '$q' may not ask this: Not management user"
  make "users/$q" '{"password":"hidden","tags":"management"}'
  facts names
  assert_status 0
  assert_stdout
}

@test "--management-url is checked, wherever it comes from, and never leaks a password" {
  check_table <<'TABLE'
no scheme   | consume q --management-url u:hidden@h                      | 2 | - | --management-url: it begins with neither http:// nor https://
no host     | publish -q q x --management-url http://                    | 2 | - | has no host
clear text  | consume q -u amqps://u:hidden@mq --management-url http://h | 2 | - | http://h would get the password of amqps://u@mq:5671/ in clear text
in vain     | consume q -u amqp://mq --tls-ca x --management-url http://h | 2 | - | needs
TABLE
  MSCOMM_MANAGEMENT_URL=ftp://h run_split mscomm consume "$q" -u "$AMQP" -n 1
  assert_status 2
  assert_stderr_has 'MSCOMM_MANAGEMENT_URL: it begins with neither'
  printf '[profile.p]\nmanagement_url = "http://u:hidden@h"\n' >config.toml
  chmod 644 config.toml
  run_split mscomm consume "$q" --config config.toml --profile p -n 1
  assert_status 2
  assert_stderr_has 'holds a secret and is readable by others'
  amqp declare "$q"
  amqp publish "$q" x
  chmod 600 config.toml
  run_split mscomm consume "$q" -u "$AMQP" --config config.toml --profile p -n 1
  assert_status 0
  assert_stdout x
}
