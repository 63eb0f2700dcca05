# shellcheck shell=bash
# One broker for the whole run, unless $MSCOMM_TEST_AMQP_URL names one.

broker=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/scripts/broker

setup_suite() {
  if [ -n "${MSCOMM_TEST_AMQP_URL:-}" ]; then
    unset MSCOMM_TEST_BROKER_DIR # which says that the broker is ours
    return
  fi
  export MSCOMM_TEST_BROKER_DIR=${MSCOMM_TEST_BROKER_DIR:-$BATS_RUN_TMPDIR/broker}
  "$broker" start --dir "$MSCOMM_TEST_BROKER_DIR" --tls --management >/dev/null
  # shellcheck source=/dev/null
  . "$MSCOMM_TEST_BROKER_DIR/env"
  export MSCOMM_TEST_AMQP_URL=$AMQP_URL MSCOMM_TEST_AMQPS_URL=$AMQPS_URL
  export MSCOMM_TEST_MANAGEMENT_URL=$MANAGEMENT_URL MSCOMM_TEST_TLS_DIR=$TLS_DIR
}

teardown_suite() {
  [ -z "${MSCOMM_TEST_BROKER_DIR:-}" ] || "$broker" stop --dir "$MSCOMM_TEST_BROKER_DIR"
}
