# shellcheck shell=bash
# One broker for the whole run, unless $MSCOMM_TEST_AMQP_URL names one; a RabbitMQ 4 with MSCOMM_TEST_RABBITMQ=4.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
broker=$root/scripts/broker

setup_suite() {
  if [ -n "${MSCOMM_TEST_AMQP_URL:-}" ]; then
    unset MSCOMM_TEST_BROKER_DIR # which says that the broker is ours
  else
    start_broker
  fi
  /usr/bin/python3 "$root/tests/support/amqp.py" --serve >"$BATS_RUN_TMPDIR/amqp-service" 3>&- &
  amqp_service=$!
  until [ -s "$BATS_RUN_TMPDIR/amqp-service" ]; do
    kill -0 "$amqp_service"
    sleep 0.05
  done
  MSCOMM_TEST_AMQP_SERVICE=$(<"$BATS_RUN_TMPDIR/amqp-service")
  MSCOMM_TEST_BROKER_VERSION=$(/usr/bin/python3 "$root/tests/support/amqp.py" version)
  export MSCOMM_TEST_AMQP_SERVICE MSCOMM_TEST_BROKER_VERSION
}

start_broker() {
  export MSCOMM_TEST_BROKER_DIR=${MSCOMM_TEST_BROKER_DIR:-$BATS_RUN_TMPDIR/broker}
  "$broker" start --dir "$MSCOMM_TEST_BROKER_DIR" --rabbitmq "${MSCOMM_TEST_RABBITMQ:-3}" --tls --management >/dev/null
  # shellcheck source=/dev/null
  . "$MSCOMM_TEST_BROKER_DIR/env"
  export MSCOMM_TEST_AMQP_URL=$AMQP_URL MSCOMM_TEST_AMQPS_URL=$AMQPS_URL
  export MSCOMM_TEST_MANAGEMENT_URL=$MANAGEMENT_URL MSCOMM_TEST_TLS_DIR=$TLS_DIR
}

teardown_suite() {
  kill "$amqp_service"
  [ -z "${MSCOMM_TEST_BROKER_DIR:-}" ] || "$broker" stop --dir "$MSCOMM_TEST_BROKER_DIR"
}
