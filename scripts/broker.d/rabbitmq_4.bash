# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # variables are shared with scripts/broker
# Part of scripts/broker: RabbitMQ 4, as Debian trixie has it, in a tree that chroot enters.
#
# What runs in the tree is the caller's, and has mounts that nobody else sees and that end with it:
# there is nothing to unmount, and deleting the tree deletes the tree only.

tree=$root/build/rabbitmq-4
as_root=()
((EUID == 0)) || as_root=(sudo -n)

need_rabbitmq() {
  if [ "$rabbitmq" = 4 ]; then
    need_root
    make_tree
  else
    [ -x "$bin/rabbitmq-server" ] || fail 'RabbitMQ is not installed (scripts/deps demo)'
  fi
}

# Sets what the processes run in (nothing: the system itself) and which version that is.
choose_rabbitmq() {
  BROKER_TREE=''
  [ "$rabbitmq" = 3 ] || BROKER_TREE=$tree
  BROKER_VERSION=$(echo "$BROKER_TREE"/usr/lib/rabbitmq/lib/rabbitmq_server-*)
  BROKER_VERSION=${BROKER_VERSION##*-}
}

need_root() {
  [ "$("${as_root[@]}" id -u 2>/dev/null)" = 0 ] ||
    fail 'RabbitMQ 4 needs root, or sudo that works without a password: for debootstrap, mount and chroot'
  "${as_root[@]}" unshare --mount true || fail 'RabbitMQ 4 needs the right to mount (CAP_SYS_ADMIN)'
}

# The one where apt has Debian itself from; apt reads its sources however they are written down.
debian_mirror() {
  # shellcheck disable=SC2016  # apt's own variables; without downloaded lists $(ORIGIN) stays as it is
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages' |
    awk '!found && $2 !~ /-/ && $3 == "main" && ($4 == "Debian" || $1 ~ /\/debian\/?$/) { found = $1 }
      END { print found }'
}

# apt's proxies, or else the caller's.
proxies() {
  local http_proxy=${http_proxy:-} https_proxy=${https_proxy:-}
  eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
  [ -z "${http_proxy#DIRECT}" ] || printf '%s\0' "http_proxy=$http_proxy"
  [ -z "${https_proxy#DIRECT}" ] || printf '%s\0' "https_proxy=$https_proxy"
}

# Under a lock, because two may start at the same time; renamed when it is whole.
# shellcheck disable=SC2016  # for root's shell
make_tree_as_root='set -e
tree=$1 mirror=$2 owner=$3
exec 8>"$tree.lock"
flock -n 8 || { echo "waiting for another start that makes it" && flock 8; }
[ ! -e "$tree" ] || exit 0
rm -rf "$tree.new"
debootstrap --variant=minbase --include=rabbitmq-server trixie "$tree.new" "$mirror"
rm -rf "$tree.new"/var/cache/apt/archives/*.deb "$tree.new"/var/lib/apt/lists/*
chown -hR "$owner" "$tree.new"
mv "$tree.new" "$tree"'

make_tree() {
  local mirror maker status=0 step
  local -a environment
  [ ! -e "$tree" ] || return 0
  PATH=$PATH:/usr/sbin command -v debootstrap >/dev/null || fail 'debootstrap is not installed (scripts/deps test)'
  mirror=${MSCOMM_DEBIAN_MIRROR:-$(debian_mirror)}
  [ -n "$mirror" ] || fail "apt's sources name no mirror of Debian; name one in MSCOMM_DEBIAN_MIRROR"
  mkdir -p "${tree%/*}"
  echo "broker: making $tree, which takes some minutes once: Debian trixie from $mirror" >&2
  mapfile -d '' environment < <(proxies)
  # A group and a process namespace of its own, so that all of it can be ended.
  setsid "${as_root[@]}" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "${environment[@]}" \
    unshare --mount --propagation private --pid --fork --kill-child \
    bash -c "$make_tree_as_root" bash "$tree" "$mirror" "$(id -u):$(id -g)" \
    </dev/null >"$tree.log" 2>&1 &
  maker=$!
  # shellcheck disable=SC2064  # this one
  trap "drop_tree $maker" EXIT
  for ((step = 1; ; step++)); do
    [ -n "$(jobs -pr)" ] || break
    sleep 0.5
    ((step % 10)) || tail -n 1 "$tree.log" | sed 's/^\(I: \)\{0,1\}/broker: /' >&2
  done
  wait "$maker" || status=$?
  trap - EXIT
  ((status == 0)) || {
    tail -n 20 "$tree.log" >&2
    drop_tree "$maker"
    fail "$tree could not be made"
  }
  echo "broker: $tree is made" >&2
}

drop_tree() { # PID of its maker
  {
    "${as_root[@]}" kill -KILL -- "-$1" || true
    wait "$1" || true # which says that it was killed
  } 2>/dev/null
  # Unless somebody else waited for the lock and makes another.
  "${as_root[@]}" flock -w 10 "$tree.lock" rm -rf "$tree.new" 2>/dev/null || true
}

# The first of the folders above DIR is the caller's and not the tree's: what is made there is made in memory.
# shellcheck disable=SC2016  # for root's shell
enter_as_root='set -e
tree=$1 dir=$2 owner=$3
shift 3
top=${dir#/} && top=${top%%/*}
mount --rbind /proc "$tree/proc"
mount --rbind /dev "$tree/dev"
mount -t tmpfs -o mode=1777 tmpfs "$tree/tmp"
case $top in
  bin | dev | etc | lib* | proc | run | sbin | sys | tmp | usr | var) ;;
  *) mkdir -p "$tree/$top" && mount -t tmpfs tmpfs "$tree/$top" ;;
esac
mkdir -p "$tree$dir"
mount --bind "$dir" "$tree$dir"
exec chroot --userspec="$owner" "$tree" "$@"'

in_tree() { # COMMAND...
  "${as_root[@]}" unshare --mount --propagation private \
    bash -c "$enter_as_root" bash "$tree" "$dir" "+$(id -u):+$(id -g)" "$@"
}

# Sets $launched, as launch() does. The process outlives sudo and what else is needed to enter the tree;
# without a terminal sudo gives it none that could hang up.
launch_in_tree() { # LOGFILE COMMAND...
  : >>"$1"
  # shellcheck disable=SC2016  # for the tree's shell
  launched=$(
    close_inherited
    as_root=(setsid --wait "${as_root[@]}")
    in_tree sh -c 'log=$1 && shift
      setsid "$@" </dev/null >>"$log" 2>&1 &
      echo $!' sh "$@" </dev/null 2>>"$1"
  )
}
