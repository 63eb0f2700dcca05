# shellcheck shell=bash
# shellcheck disable=SC2154  # dir, nodes, tls and management are scripts/broker's
# Part of scripts/broker: the ports of the nodes and the files that configure them.

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
