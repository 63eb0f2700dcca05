# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # variables are shared with scripts/broker
# Part of scripts/broker: the ports and URLs of the nodes, and the files that configure them.

# Below the range from which the system takes the ports of outgoing connections, so that none of
# them takes ours between this moment and the moment the node binds it.
free_ports() { # COUNT
  local python=/usr/bin/python3
  [ -x $python ] || python=python3
  "$python" - "$1" <<'PY'
import random, socket, sys
held = []
while len(held) < int(sys.argv[1]):
    s = socket.socket()
    try:
        s.bind(("", random.randrange(20000, 32000)))
        held.append(s)
    except OSError:
        s.close()
print(*[s.getsockname()[1] for s in held])
PY
}

# Ports of node N, in this order: amqp dist amqps http (management).
node_ports() { # N
  local -a all
  read -ra all <<<"$BROKER_PORTS"
  printf '%s ' "${all[@]:$((4 * ($1 - 1))):4}"
}

build_urls() {
  local i amqp dist amqps http
  AMQP_URLS='' AMQPS_URLS='' MANAGEMENT_URL='' BROKER_NODES=''
  for ((i = 1; i <= nodes; i++)); do
    read -r amqp dist amqps http < <(node_ports "$i")
    BROKER_NODES+=${BROKER_NODES:+ }r$i@localhost
    AMQP_URLS+=${AMQP_URLS:+,}amqp://guest:guest@127.0.0.1:$amqp
    ! $tls || AMQPS_URLS+=${AMQPS_URLS:+,}amqps://guest:guest@localhost:$amqps
    ! $management || MANAGEMENT_URL=${MANAGEMENT_URL:-http://guest:guest@127.0.0.1:$http}
  done
  AMQP_URL=${AMQP_URLS%%,*}
  AMQPS_URL=${AMQPS_URLS%%,*}
}

write_node() { # N
  local home=$dir/n$1 amqp amqps http i
  read -r amqp _ amqps http < <(node_ports "$1")
  mkdir -p "$home/mnesia" "$home/log"
  cat >"$home/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$amqp
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 4096MiB
CONF
  ((nodes == 1)) || {
    echo 'cluster_formation.peer_discovery_backend = classic_config'
    for ((i = 1; i <= nodes; i++)); do
      echo "cluster_formation.classic_config.nodes.$i = r$i@localhost"
    done
    echo 'cluster_partition_handling = pause_minority'
  } >>"$home/rabbitmq.conf"
  # What the deprecated features are that newer versions refuse by default.
  ! $strict || cat >>"$home/rabbitmq.conf" <<CONF
deprecated_features.permit.transient_nonexcl_queues = false
deprecated_features.permit.global_qos = false
default_queue_type = quorum
channel_max = 5
heartbeat = 0
CONF
  ! $tls || cat >>"$home/rabbitmq.conf" <<CONF
listeners.ssl.1 = 127.0.0.1:$amqps
ssl_options.cacertfile = $TLS_CA
ssl_options.certfile = $TLS_DIR/server.pem
ssl_options.keyfile = $TLS_DIR/server.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = false
ssl_options.versions.1 = tlsv1.3
ssl_options.versions.2 = tlsv1.2
auth_mechanisms.1 = PLAIN
auth_mechanisms.2 = AMQPLAIN
auth_mechanisms.3 = EXTERNAL
ssl_cert_login_from = common_name
CONF
  ! $management || cat >>"$home/rabbitmq.conf" <<CONF
management.tcp.ip = 127.0.0.1
management.tcp.port = $http
CONF
  local plugins=
  ! $tls || plugins=rabbitmq_auth_mechanism_ssl
  ! $management || plugins=${plugins:+$plugins,}rabbitmq_management
  echo "[$plugins]." >"$home/plugins"
}
