# shellcheck shell=bash
# shellcheck disable=SC2154  # the variables of scripts/demo
# Part of scripts/demo: what is seen of it.

bold='' dim='' red='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'
fi

heading() { # TITLE [EXPLANATION]
  printf '\n%s== %s%s\n' "$bold" "$1" "$plain"
  [ -z "${2:-}" ] || printf '%s\n' "$2"
}

show_command() {
  printf '\n%s$ %s%s\n' "$bold" "$1" "$plain"
}

# Nobody is to wonder: until stop_telling it is said every two seconds what goes on.
tell() { # WHAT
  local begin=$SECONDS
  {
    trap 'kill $!; exit' TERM
    while kill -0 $$; do
      sleep 2 &
      wait $!
      printf 'demo: %s, %d s\n' "$1" $((SECONDS - begin))
    done
  } 7<&- 8<&- >&2 &
  teller=$!
}

stop_telling() {
  kill "$teller" 2>/dev/null || true
  wait "$teller" 2>/dev/null || true
}

wait_for_key() {
  local key
  $stepwise || return 0
  printf '%s[a key runs it, q ends]%s' "$dim" "$plain" >/dev/tty
  IFS= read -rsn 1 key </dev/tty || key=q
  printf '\r\e[K' >/dev/tty
  [ "$key" != q ] || exit 0
}

show_output() { # FILE
  cat "$1"
  # A body need not end with a newline, what follows here starts with a line.
  [ ! -s "$1" ] || [ -z "$(tail -c 1 "$1" | tr -d '\n\0')" ] || echo
}

show_logs() { # NAME...
  local name file
  for name in "$@"; do
    case $name in
      broker) file=$run/broker/n1/log/r1@localhost.log ;;
      *) file=$run/$name.log ;;
    esac
    [ -s "$file" ] || continue
    printf '%s--- the last lines of %s%s\n' "$red" "${file#"$root"/}" "$plain"
    tail -n 15 "$file"
  done >&2
}

show_places() {
  heading 'The servers go on running'
  cat <<TEXT
export PATH=$binaries:\$PATH
export AMQP_URL=$AMQP_URL
GATEWAY=$GATEWAY
ORDERS=$ORDERS
DATA=$DATA

Logs are in ${run#"$root"/}; this ends it all: $root/scripts/demo --stop
TEXT
}
