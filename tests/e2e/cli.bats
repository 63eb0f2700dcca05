#!/usr/bin/env bats
# The command line itself: help, mistakes, and where an option's value comes from.

load helper

config() { # lines on stdin
  mkdir -p "$XDG_CONFIG_HOME/mscomm"
  config=$XDG_CONFIG_HOME/mscomm/config.toml
  cat >"$config"
  chmod 600 "$config"
}

@test "help is data: on stdout, exit 0" {
  run_split mscomm --help
  assert_status 0
  assert_stdout_has 'Usage: mscomm [options] COMMAND'
  assert_stdout_has '3 unreachable'
  assert_stderr
}

@test "without a command help is talk: on stderr, exit 2" {
  run_split mscomm
  assert_status 2
  assert_stdout
  assert_stderr_has 'Usage: mscomm [options] COMMAND'
}

@test "help COMMAND is COMMAND --help" {
  run_split mscomm help get
  assert_status 0
  mscomm get --help >expected
  assert_stdout_is expected
}

@test "help answers whatever else stands there" {
  run_split mscomm get --timeout nonsense --unknown --help
  assert_status 0
  assert_stdout_has 'Usage: mscomm get'
}

@test "version names the program and the number" {
  run_split mscomm --version
  assert_status 0
  grep -qE '^mscomm [0-9]+\.[0-9]+\.[0-9]+$' "$out"
}

@test "help into a full disk is an io error" {
  status=0
  mscomm --help >/dev/full 2>"$err" || status=$?
  assert_status 11
  assert_stderr_has 'No space left on device'
}

@test "help into a closed stdout is an io error" {
  status=0
  mscomm --help >&- 2>"$err" || status=$?
  assert_status 11
}

@test "a reader that leaves is not an error" {
  mscomm --help | true
  [ "${PIPESTATUS[0]}" -eq 0 ]
}

@test "help after help is help" {
  mscomm --help >expected
  run_split mscomm help
  assert_stdout_is expected
  run_split mscomm help --help
  assert_status 0
  assert_stdout_is expected
}

@test "the libraries' versions are shown when asked for" {
  run_split mscomm --version -v
  assert_status 0
  assert_stdout_has 'libcurl '
  assert_stdout_has 'rabbitmq-c '
}

@test "an unknown command is a usage error that suggests the nearest" {
  run_split mscomm hlep
  assert_status 2
  assert_stdout
  assert_stderr "mscomm: unknown command 'hlep'" "hint: did you mean 'help'?"
}

@test "a URL in the command's place is recognised, its password hidden" {
  run_split mscomm http://me:secret@service/
  assert_status 2
  assert_stderr_has "did you mean 'mscomm get http://me:***@service/'?"
  assert_stderr_lacks secret
}

@test "an unknown option is a usage error that suggests the nearest" {
  run_split mscomm get --heaedr 'A: b' :1/
  assert_status 2
  assert_stdout
  assert_stderr "mscomm: get: unknown option '--heaedr'" "hint: did you mean '--header'?"
}

@test "an unknown option's value is not shown" {
  run_split mscomm get --pasword=secret :1/
  assert_status 2
  assert_stderr_has "unknown option '--pasword'"
  assert_stderr_lacks secret
}

@test "a missing value is named" {
  run_split mscomm --timeout
  assert_status 2
  assert_stderr 'mscomm: --timeout needs a value' 'hint: write --timeout DUR'
}

@test "a missing argument is named" {
  run_split mscomm fanout
  assert_status 2
  assert_stderr_has 'mscomm: fanout: EXCHANGE is missing'
}

@test "one argument too many is named" {
  run_split mscomm consume jobs http://me:secret@other/
  assert_status 2
  assert_stderr_has "unexpected argument 'http://me:***@other/'"
}

@test "a wrong word is answered with the words there are" {
  run_split mscomm --color alwys get
  assert_status 2
  assert_stderr "mscomm: --color: 'alwys' is none of auto, always, never" \
    "hint: did you mean 'always'?"
}

@test "options that exclude each other are named" {
  run_split mscomm -v --quiet get
  assert_status 2
  assert_stderr_has '--verbose and --quiet exclude each other'
}

@test "usage errors are JSON when the log is" {
  local expected='{"level":"error","command":"get","outcome":"usage"}'
  run_split mscomm get --log-format json --nonsense
  assert_status 2
  assert_equal "$(jq -c '{level, command, outcome}' "$err")" "$expected"
  run_split env MSCOMM_LOG_FORMAT=json "$MSCOMM" get --timeout x :1/
  assert_equal "$(jq -c '{level, command, outcome}' "$err")" "$expected"
  jq -e '(.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T.*Z$")) and .message and .hint' "$err" >/dev/null
}

@test "common options stand before and after the command" {
  start_service SERVICE
  run_split mscomm --timeout 50ms get "$SERVICE/delay/5000"
  assert_status 5
  run_split mscomm get "$SERVICE/delay/5000" --timeout=50ms
  assert_status 5
}

@test "a list takes one value each time and leaves brackets alone" {
  start_service SERVICE
  run_split mscomm get -H 'X-A: [1,2]' "$SERVICE/echo" -H 'X-B: 2'
  assert_status 0
  jq -e '.headers | (.["x-a"] // .["X-A"]) == "[1,2]" and (.["x-b"] // .["X-B"]) == "2"' "$out" >/dev/null ||
    complain 'headers'
}

@test "of a flag, the environment, the profile and the default the first counts" {
  start_service SERVICE
  local url=$SERVICE/status/404
  config <<'TOML'
[profile.lenient]
expect = "404"
TOML
  run_split mscomm get "$url"
  assert_status 1
  run_split mscomm get "$url" --profile lenient
  assert_status 0
  run_split env MSCOMM_EXPECT=2xx "$MSCOMM" get "$url" --profile lenient
  assert_status 1
  run_split env MSCOMM_EXPECT=2xx "$MSCOMM" get "$url" --profile lenient --expect 404
  assert_status 0
}

@test "a command's own table wins over shared keys, and get's table serves the verbs" {
  start_service SERVICE
  config <<'TOML'
default_profile = "p"
[profile.p]
expect = "500"
[profile.p.get]
expect = "404"
[profile.p.delete]
expect = ["404"]
TOML
  run_split mscomm get "$SERVICE/status/404"
  assert_status 0
  run_split mscomm post "$SERVICE/status/404"
  assert_status 0
  run_split mscomm delete "$SERVICE/status/404"
  assert_status 0
}

@test "a bad value names the file, the line and the key" {
  config <<'TOML'
[profile.p]
timeout = "soon"
TOML
  run_split mscomm get :1/ --profile p
  assert_status 2
  assert_stderr_has "profile 'p', $config:2: timeout: 'soon' is not a duration"
}

@test "a bad value in the environment names the variable" {
  run_split env MSCOMM_TIMEOUT=soon "$MSCOMM" get :1/
  assert_status 2
  assert_stderr_has "MSCOMM_TIMEOUT: 'soon' is not a duration"
}

@test "a misspelt key, table or profile is found" {
  config <<'TOML'
[profile.key]
hedaer = ["A: b"]
[profile.table.gte]
header = ["A: b"]
[profile.inside.get]
hedaer = ["A: b"]
TOML
  run_split mscomm get :1/ --profile key
  assert_status 2
  assert_stderr "mscomm: get: profile 'key', $config:2: no command has an option 'hedaer'" \
    "hint: did you mean 'header'?"
  run_split mscomm get :1/ --profile table
  assert_status 2
  assert_stderr_has "'gte' is not a command"
  assert_stderr_has "did you mean 'get'?"
  run_split mscomm get :1/ --profile inside
  assert_status 2
  assert_stderr_has "'get' has no option 'hedaer'"
  run_split mscomm get :1/ --profile kye
  assert_status 2
  assert_stderr_has "did you mean 'key'?"
}

@test "variables that name no option do no harm" {
  start_service SERVICE
  run_split env MSCOMM_NONSENSE=1 MSCOMM_HELP=true "$MSCOMM" get "$SERVICE/status/200"
  assert_status 0
}

@test "a configuration that holds a secret and that others can read is refused" {
  config <<'TOML'
[profile.p]
base_url = "http://me:secret@127.0.0.1:1/"
TOML
  chmod 644 "$config"
  run_split mscomm get /x --profile p
  assert_status 2
  assert_stderr_has "$config holds a secret and is readable by others"
  assert_stderr_lacks me:secret
}

@test "a configuration that --config names must be there" {
  run_split mscomm get :1/ --config nowhere.toml
  assert_status 2
  assert_stderr_has "there is no configuration file 'nowhere.toml'"
}

@test "the list of processes shows no password" {
  start_service SERVICE
  start_process slow mscomm get "http://me:secret@${SERVICE#http://}/delay/60000" \
    --user you:secret -H 'Authorization: Bearer secret' -v
  await 10 grep -q . "$slow_err"
  run_split cat "/proc/$slow_pid/cmdline"
  run_split grep -c secret "/proc/$slow_pid/cmdline"
  assert_stdout 0
}

@test "a start loads no library that few commands need: no libcurl, no OpenSSL" {
  run_split ldd "$MSCOMM"
  assert_status 0
  run grep -E 'libcurl|libssl|libcrypto|librabbitmq' "$out"
  assert_equal "$output" ''
}

@test "a closed stdin is an io error when it is to be read" {
  status=0
  mscomm post http://127.0.0.1:1/ -d @- <&- 2>"$err" || status=$?
  assert_status 11
}

@test "an interrupt is the end that the shell sees" {
  start_service SERVICE
  start_process slow mscomm get "$SERVICE/delay/60000" -v
  await 10 grep -q . "$slow_err"
  stop_process slow INT
  assert_status 130
}
