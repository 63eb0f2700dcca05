#!/usr/bin/env bats
# consume | publish is the identity for any body and any properties.
#
# The messages are random; see choose_seed.

load helper

setup() {
  setup_test
  export AMQP_URL=$AMQP
}

lossless() { /usr/bin/python3 "$tests_root/support/lossless.py" "$@"; }

@test "what consume prints as JSON, publish sends as it was" {
  local q q2 count=10000
  choose_seed
  q=$(fresh_queue)
  q2=$(fresh_queue)
  amqp declare "$q"
  amqp declare "$q2"
  lossless send "$q" "$seed" $count
  # --peek, so that the first queue can be printed again below.
  mscomm consume "$q" --peek --format json | mscomm publish -q "$q2" --jsonl --quiet
  await 10 queue_holds "$q2" $count
  mscomm consume "$q" --until-empty --format json >first
  mscomm consume "$q2" --peek --format json >second
  assert_equal "$(wc -l <first)" $count
  lossless same first second
  # A mistake that consume and publish make in opposite ways would not show in their own words.
  await 10 queue_holds "$q2" $count
  lossless check "$q2" "$seed" $count
}
