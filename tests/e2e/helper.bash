# shellcheck shell=bash
# Loaded by every .bats file:  load helper  (or load ../e2e/helper)
#
# Gives each test an environment of its own and these words:
#   mscomm ARGS...             the binary under test
#   run_split COMMAND...       runs it; sets $status, keeps stdout and stderr byte-exact in
#                              $out and $err (files); stdin is empty unless redirected, as in
#                              run_split mscomm publish -q q < <(printf 'a\0b')
#   assert_status N            assert_stdout LINE...    assert_stdout_is FILE   assert_stderr LINE...
#   assert_stdout_has TEXT     assert_stderr_has TEXT   assert_stderr_lacks TEXT
#   check_table [PREPARE]      rows of calls and what comes of them, on stdin
#   await SECONDS COMMAND...   polls until the command succeeds
#   fresh_queue                a name that no other test has; deleted after the test
#   start_service NAME ARG...  an http_service; URL in $NAME, pid in $NAME_pid
#   start_raw NAME STEP...     a raw_server.py; "127.0.0.1:PORT" in $NAME
#   start_nginx LOCATIONS [HTTP]  a real nginx on the Unix sockets plain.sock, tls.sock and h2c.sock
#   start_process NAME COMMAND...   anything else in the background, output in $NAME_out, $NAME_err
#   stop_process NAME [SIGNAL] and wait; sets $status
#   amqp VERB...               tests/support/amqp.py, a client that is not mscomm
#   broker_ctl ARGS...         rabbitmqctl of the broker under test (skips when it is not ours)
#   rabbitmq_from N            true when the broker under test is RabbitMQ N or later
#   queue_holds QUEUE N    queue_has_consumers QUEUE N    is_back BODY (first in $q)    conditions for await
#   manage METHOD PATH [JSON]  asks the broker's management interface (skips where there is none)
#   start_relay [PORT]         a relay to the broker, which can be killed; its URL in $relay_url, $port
#   rounds SHORT LONG          how often to repeat what is left to chance: LONG with MSCOMM_TEST_LONG=1
#   choose_seed                a random $seed, which is shown; MSCOMM_TEST_SEED=N repeats it
# $AMQP is the broker's URL, amqps is in $MSCOMM_TEST_AMQPS_URL, certificates in $MSCOMM_TEST_TLS_DIR.

: "${MSCOMM:?must be the path of the mscomm binary under test}"
tests_root=${BASH_SOURCE[0]%/*}/..
[[ $tests_root == /* ]] || tests_root=$PWD/$tests_root
out=$BATS_TEST_TMPDIR/stdout
err=$BATS_TEST_TMPDIR/stderr
# shellcheck disable=SC2034  # for the tests
AMQP=${MSCOMM_TEST_AMQP_URL:-}

# The caller's own settings must not decide whether a test passes.
scrub_environment() {
  local name
  for name in "${!MSCOMM_@}"; do
    [[ $name == MSCOMM_TEST_* || $name == MSCOMM_HTTP_SERVICE ]] || unset "$name"
  done
  # shellcheck disable=SC2086  # several names
  unset ${!AMQP_@} ${!TRACE@} ${!OTEL_@} ${!SSL_CERT_@} ${!CURL_@} {http,https,ftp,all,no}_proxy \
    {HTTP,HTTPS,FTP,ALL,NO}_PROXY NO_COLOR ${!CLICOLOR@} COLUMNS LINES LANG LANGUAGE ${!LC_@}
  export TZ=UTC LC_ALL=C.UTF-8 HOME=$BATS_TEST_TMPDIR/home TERM=dumb
  export XDG_CONFIG_HOME=$HOME/.config XDG_STATE_HOME=$HOME/.local/state XDG_CACHE_HOME=$HOME/.cache
  export XDG_RUNTIME_DIR=$HOME/run XDG_DATA_HOME=$HOME/.local/share
}

# A file with a setup or teardown of its own calls one of these from it, and teardown_test.
setup_test() {
  scrub_environment
  mkdir -p "$HOME"
  cd "$BATS_TEST_TMPDIR" || return
  # bats leaves its own stdin to the test, which is a terminal for one and a pipe for another.
  [ -p "$BATS_RUN_TMPDIR/nothing" ] || mkfifo "$BATS_RUN_TMPDIR/nothing" # for pause()
  exec </dev/null {nothing}<>"$BATS_RUN_TMPDIR/nothing"
  declare -gA running=()
}

setup_queue() { # [declared]: the name of a queue is in $q, and its broker is that of $AMQP_URL
  setup_test
  export AMQP_URL=$AMQP
  q=$(fresh_queue)
  [ "${1:-}" != declared ] || amqp declare "$q"
}

setup_service() { # the URL of an http_service is in $service
  setup_test
  start_service service
}

teardown_test() {
  local name
  for name in "${!running[@]}"; do
    stop_process "$name" KILL
  done
  if [ -e "$BATS_TEST_TMPDIR/queues" ] && [ -z "${MSCOMM_TEST_BROKER_DIR:-}" ]; then
    while read -r name; do
      amqp delete "$name" || true
    done <"$BATS_TEST_TMPDIR/queues"
  fi
}

setup() { setup_test; }
teardown() { teardown_test; }

mscomm() { "$MSCOMM" "$@"; }

amqp() {
  if [ -z "${MSCOMM_TEST_AMQP_SERVICE:-}" ]; then
    /usr/bin/python3 "$tests_root/support/amqp.py" "$@"
    return
  fi
  local service answer kind size output
  exec {service}<>"/dev/tcp/127.0.0.1/$MSCOMM_TEST_AMQP_SERVICE"
  printf '%s\0' "$BASHPID" "$PWD" $# "$@" >&"$service"
  read -r -t 60 -u "$service" answer kind size || answer=1 # not with <: stdin is for the service
  if [ "$kind" = bytes ]; then
    cat <&"$service"
  elif [ "${size:-0}" -gt 0 ]; then
    IFS= read -r -N "$size" -u "$service" output
    printf %s "$output"
  fi
  exec {service}>&-
  return "$answer"
}

broker_ctl() {
  [ -n "${MSCOMM_TEST_BROKER_DIR:-}" ] || skip 'needs a broker of its own'
  "$tests_root/../scripts/broker" ctl --dir "$MSCOMM_TEST_BROKER_DIR" "$@"
}

rabbitmq_from() { # MAJOR
  ((${MSCOMM_TEST_BROKER_VERSION%%.*} >= $1))
}

max_message_size() { # which RabbitMQ 4 has made smaller
  if rabbitmq_from 4; then echo 16777216; else echo 134217728; fi
}

rounds() { # SHORT LONG
  if [ -n "${MSCOMM_TEST_LONG:-}" ]; then echo "$2"; else echo "$1"; fi
}

choose_seed() {
  seed=${MSCOMM_TEST_SEED:-$RANDOM$RANDOM}
  echo "# MSCOMM_TEST_SEED=$seed"
}

# --- running and asserting -----------------------------------------------------------------------

run_split() {
  local -a command=("$@")
  [ "$1" != mscomm ] || command[0]=$MSCOMM
  # A test that hangs is a test that fails. Functions cannot be run by timeout(1).
  [ "$(type -t "${command[0]}")" = function ] ||
    command=(timeout -k 5 "${MSCOMM_TEST_TIMEOUT:-60}" "${command[@]}")
  status=0
  "${command[@]}" >"$out" 2>"$err" 3>&- || status=$?
}

complain() {
  local process_err
  {
    printf '%s\n' "$@"
    printf -- '--- status %s, stdout:\n' "${status:-?}"
    head -c 4000 "$out" 2>/dev/null || true
    printf -- '--- stderr:\n'
    head -c 4000 "$err" 2>/dev/null || true
    for process_err in "$BATS_TEST_TMPDIR"/*.err; do
      [ ! -s "$process_err" ] || tail -c 2000 -- "$process_err" | sed "s|^|${process_err##*/}: |"
    done
    printf -- '---\n'
  } >&2
  return 1
}

assert_status() {
  [ "$status" -eq "$1" ] || complain "expected status $1"
}

# These are called thousands of times: a process for each would take as long as what is tested.
read_text() { # FILE: into $text; fails when there is a NUL byte
  [ -e "$1" ] && ! IFS= read -r -d '' text <"$1"
}

lines_are() { # FILE LINE...
  local text expected=
  (($# == 1)) || printf -v expected '%s\n' "${@:2}"
  read_text "$1" && [ "$text" = "$expected" ]
}

has_text() { # FILE TEXT
  local text
  if read_text "$1"; then
    [[ $text == *"$2"* ]]
  else
    grep -qF -e "$2" "$1"
  fi
}

# Exactly these lines, each with its newline; without arguments: nothing at all.
assert_stdout() { lines_are "$out" "$@" || complain 'expected on stdout:' "$@"; }
assert_stderr() { lines_are "$err" "$@" || complain 'expected on stderr:' "$@"; }
assert_stdout_is() { cmp "$out" "$1" >&2 || complain "stdout is not $1"; }

assert_stdout_has() { has_text "$out" "$1" || complain "expected in stdout: $1"; }
assert_stderr_has() { has_text "$err" "$1" || complain "expected in stderr: $1"; }
assert_stderr_lacks() { ! has_text "$err" "$1" || complain "not expected in stderr: $1"; }

assert_equal() { # ACTUAL EXPECTED
  [ "$1" = "$2" ] || complain "got:      $1" "expected: $2"
}

# --- tables --------------------------------------------------------------------------------------

# A call of mscomm in each row; complains of every row that does not hold, by its name:
#
#   NAME | ARGUMENTS | EXIT STATUS | STDOUT | STDERR
#
# ARGUMENTS are read by the shell, variables and redirections too. Of what is printed a cell says
# that it has this TEXT, or: - nothing is printed; * anything; =TEXT exactly that, escapes as in
# printf; ?COMMAND this command has it as stdin and succeeds. Empty rows and comments are skipped.
# With PREPARE there is a second column, the arguments of that command, which runs before the call.
check_table() { # [PREPARE]
  local row failed='' rows=0
  local -a cells
  while IFS= read -r row; do
    split_row "$row" || continue
    if [ $# -gt 0 ]; then
      eval "$1 ${cells[1]}"
      cells=("${cells[0]}" "${cells[@]:2}")
    fi
    row_holds "${cells[@]}" || failed+=" '${cells[0]}'"
    rows=$((rows + 1))
  done
  ((rows > 0)) || complain 'a table without rows'
  [ -z "$failed" ] || complain "these rows do not hold:$failed"
}

split_row() { # ROW: into ${cells[@]}
  local i
  [[ $1 =~ [^[:space:]] && $1 != *([[:space:]])'#'* ]] || return
  IFS=$'\x1f' read -r -a cells <<<"${1// | /$'\x1f'}"
  for i in "${!cells[@]}"; do
    read -r 'cells[i]' <<<"${cells[i]}" # without the blanks around it
  done
}

row_holds() { # NAME ARGUMENTS STATUS STDOUT STDERR
  (($# == 5)) || complain "row '$1' has $# cells" || return
  eval "run_split mscomm $2" </dev/null # the other rows are not for it
  if ! { assert_status "$3" && cell_holds "$out" "$4" && cell_holds "$err" "$5"; }; then
    echo "row '$1': mscomm $2" >&2
    return 1
  fi
}

cell_holds() { # FILE CELL
  local text
  case $2 in
    '*') ;;
    -) [ ! -s "$1" ] || complain "expected nothing on ${1##*/}" ;;
    =*) printf '%b' "${2#=}" | cmp - "$1" >&2 || complain "expected exactly on ${1##*/}: ${2#=}" ;;
    '?'*) eval "${2#?}" <"$1" >&2 || complain "of ${1##*/} this does not hold: ${2#?}" ;;
    *) has_text "$1" "$2" || complain "expected in ${1##*/}: $2" ;;
  esac
}

await() { # SECONDS COMMAND...
  local deadline=$((SECONDS + $1)) step
  local -a steps=(0.02 0.03 0.05 0.07 0.1 0.15) # most come soon; looking takes time from what is awaited
  shift
  for ((step = 0; ; step++)); do
    ! "$@" >/dev/null 2>&1 || return 0
    ((SECONDS <= deadline)) || complain "did not become true in time: $*" || return 1
    pause "${steps[step]:-0.2}"
  done
}

pause() { # SECONDS, as sleep(1) but without a process
  read -r -t "$1" -u "$nothing" || true
}

# --- processes -----------------------------------------------------------------------------------

start_process() { # NAME COMMAND...
  local name=$1
  shift
  stop_process "$name" KILL # an earlier one of that name would have nobody to stop it
  [ "$1" != mscomm ] || set -- "$MSCOMM" "${@:2}"
  declare -g "${name}_out=$BATS_TEST_TMPDIR/$name.out" "${name}_err=$BATS_TEST_TMPDIR/$name.err"
  # The process empties them too, but later: until then there stands what an earlier one said.
  : >"$BATS_TEST_TMPDIR/$name.out" 2>"$BATS_TEST_TMPDIR/$name.err"
  # The process must start as from a shell: bash gives background jobs SIGINT ignored, nohup SIGHUP, and bats
  # waits for whoever holds its descriptor 3.
  /usr/bin/env --default-signal=HUP,INT,QUIT "$@" </dev/null \
    >"$BATS_TEST_TMPDIR/$name.out" 2>"$BATS_TEST_TMPDIR/$name.err" 3>&- &
  running[$name]=$!
  declare -g "${name}_pid=$!"
}

# Once waited for, a pid may belong to somebody else: it is forgotten.
stop_process() { # NAME [SIGNAL]
  local pid=${running[$1]:-}
  [ -n "$pid" ] || return 0
  kill -s "${2:-TERM}" "$pid" 2>/dev/null || true
  reap "$1"
}

await_process() { # NAME: until it has ended by itself; sets $status
  await "${MSCOMM_TEST_TIMEOUT:-60}" process_ended "${running[$1]}"
  reap "$1"
}

reap() { # NAME
  status=0
  wait "${running[$1]}" 2>/dev/null || status=$?
  unset "running[$1]"
}

process_ended() {
  local state
  read -r _ _ state _ 2>/dev/null <"/proc/$1/stat" || return 0
  [ "$state" = Z ]
}

start_listener() { # NAME COMMAND... that prints a port once it listens; the port in $port
  start_process "$@"
  await 10 test -s "$BATS_TEST_TMPDIR/$1.out"
  port=$(<"$BATS_TEST_TMPDIR/$1.out")
}

start_service() { # NAME [ARGUMENTS OF http_service]
  local scheme=http host=127.0.0.1
  case " $* " in *' --cert '*) scheme=https host=localhost ;; esac
  start_listener "$1" "${MSCOMM_HTTP_SERVICE:?must be the path of http_service}" "${@:2}"
  declare -g "$1=$scheme://$host:$port"
}

start_raw() { # NAME STEP...
  start_listener "$1" /usr/bin/python3 "$tests_root/support/raw_server.py" "${@:2}"
  declare -g "$1=127.0.0.1:$port"
}

play() { # STEP...: a raw server that does this to whoever asks $http or $https, instead of the last one
  start_raw raw "$@"
  # shellcheck disable=SC2034  # for the tests
  http=http://$raw https=https://localhost:${raw##*:}
}

# On Unix sockets, so that it needs no port: h2c.sock speaks HTTP/2 without TLS.
start_nginx() { # LOCATIONS [WHAT STANDS BEFORE THE SERVER]
  cat >nginx.conf <<CONF
daemon off;
master_process off; # one process to stop
user $(id -un);
pid $PWD/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path $PWD; proxy_temp_path $PWD; fastcgi_temp_path $PWD;
  uwsgi_temp_path $PWD; scgi_temp_path $PWD;
  ${2:-}
  server {
    listen unix:$PWD/plain.sock;
    listen unix:$PWD/h2c.sock http2;
    listen unix:$PWD/tls.sock ssl http2;
    ssl_certificate $MSCOMM_TEST_TLS_DIR/server.pem;
    ssl_certificate_key $MSCOMM_TEST_TLS_DIR/server.key;
    default_type text/plain;
    root $PWD;
    $1
  }
}
CONF
  start_process nginx nginx -p "$PWD" -c "$PWD/nginx.conf"
  await 10 test -S tls.sock
}

# --- the broker ----------------------------------------------------------------------------------

fresh_queue() {
  local name
  name=${BATS_TEST_FILENAME##*/}
  name=t-${name%.bats}-$BATS_TEST_NUMBER-$RANDOM$RANDOM
  echo "$name" >>"$BATS_TEST_TMPDIR/queues"
  echo "$name"
}

queue_holds() { # QUEUE COUNT
  [ "$(amqp count "$1")" -eq "$2" ]
}

queue_has_consumers() { # QUEUE COUNT
  [ "$(amqp consumers "$1")" -eq "$2" ]
}

is_back() { # BODY
  [ "$(amqp get "$q" --raw --requeue)" = "$1" ]
}

manage() { # METHOD PATH [JSON]
  [ -n "${MSCOMM_TEST_MANAGEMENT_URL:-}" ] || skip 'needs the management interface'
  curl -sf -o /dev/null -X "$1" "$MSCOMM_TEST_MANAGEMENT_URL/api/$2" -d "${3:-}"
}

start_relay() { # [PORT]
  start_listener relay /usr/bin/python3 "$tests_root/support/relay.py" "${1:-0}" "${AMQP##*@}"
  # shellcheck disable=SC2034  # for the tests
  relay_url=${AMQP%@*}@127.0.0.1:$port
}
