# bats file_tags=profile
# Every option of every command, alone in a profile: what it needs is not there, so that it means
# nothing, and a plain call must not be refused for it (exit 2). The call names a broker without TLS:
# only then TLS options mean nothing, see Relation::insists.

load helper

setup() { setup_test; }
teardown() { teardown_test; }

# A value that the option takes, by the names of options and else by what help calls the value.
value_of() { # OPTION VALUE-NAME COMMAND
  case $1 in
    --url) echo amqp://127.0.0.1:1 ;;
    --base-url | --management-url) echo http://127.0.0.1:1 ;;
    --expect | --retry-on | --breaker-on) echo '503' ;;
    --jq | --filter | --assert | --until) echo 'true' ;;
    --schema) echo "$PWD/schema.json" ;;
    --openapi) echo "$PWD/api.yaml" ;;
    --out) echo "$PWD/out" ;;
    --report) echo "$PWD/report.$([[ $3 == publish || $3 == fanout ]] && echo jsonl || echo json)" ;;
    --tls-ca | --tls-cert | --tls-key) echo "$PWD/server.pem" ;;
    --password-file | --bearer-file) echo "$PWD/secret" ;;
    --user) echo 'me:word' ;;
    --unix-socket) echo "$PWD/no.sock" ;;
    --proxy) echo 'http://127.0.0.1:1' ;;
    --resolve) echo 'host:80:127.0.0.1' ;;
    --connect-to) echo 'host:80:127.0.0.1:1' ;;
    --backoff) echo '1ms..2ms' ;;
    --slo) echo 'p99<1s' ;;
    --header) [[ $3 == publish || $3 == fanout ]] && echo 'a=b' || echo 'A: b' ;;
    --timestamp) echo now ;;
    --declare) echo durable ;;
    --to-origin) echo last ;;
    --declare-exchange) echo topic ;;
    --breaker) echo name ;;
    --breaker-window) echo 10 ;;
    --type) echo topic ;;
    --on-loss) echo fail ;;
    --on-fail | --unmatched) echo reject ;;
    --ack) echo none ;;
    --format) echo json ;;
    --jitter) echo none ;;
    --retry-after) echo ignore ;;
    --level) echo connect ;;
    --color) echo never ;;
    --log-format) echo json ;;
    --bind) echo 'ex:key' ;;
    --rate) echo '5/s' ;;
    --method) echo GET ;;
    --json) echo '{}' ;;
    --exec) echo true ;;
    *)
      case $2 in
        DUR) echo 1s ;;
        N | SECONDS | SIZE) echo 3 ;;
        PERCENT) echo '10%' ;;
        *=*) echo 'a=b' ;;
        FILE*) echo "$PWD/file" ;;
        DIR) echo "$PWD/dir" ;;
        *) echo word ;;
      esac
      ;;
  esac
}

# What the command needs to begin its work; each new command has its line here.
plain_call() { # COMMAND
  case $1 in
    publish) echo publish -u amqp://127.0.0.1:1 -q q body ;;
    consume) echo consume -u amqp://127.0.0.1:1 q ;;
    fanout) echo fanout -u amqp://127.0.0.1:1 events body ;;
    probe) echo probe tcp://127.0.0.1:1 ;;
    breaker) echo breaker list ;;
    get | post | put | patch | delete | head) echo "$1" http://127.0.0.1:1/ ;;
    *) complain "plain_call has no line for $1" ;;
  esac
}

@test "each option of each command, alone in a profile, leaves a plain call alone" {
  echo '{}' >schema.json
  printf 'openapi: 3.0.0\ninfo: {title: t, version: "1"}\npaths: {}\n' >api.yaml
  [ -z "${MSCOMM_TEST_TLS_DIR:-}" ] || cat "$MSCOMM_TEST_TLS_DIR"/*.pem >server.pem 2>/dev/null || true
  echo secret >secret
  chmod 600 secret
  echo content >file
  mkdir dir
  mscomm --dump-cli >cli.json
  local command option value_name switch call value wrong=0 tried=0
  while IFS=$'\037' read -r command option value_name switch; do
    call=$(plain_call "$command")
    if [ "$switch" = true ] && [ -z "$value_name" ]; then
      value=true
    else
      value="'$(value_of "$option" "$value_name" "$command")'"
    fi
    printf '[profile.p.%s]\n"%s" = %s\n' "$command" "${option#--}" "$value" >config.toml
    chmod 600 config.toml
    # shellcheck disable=SC2086  # words
    run_split timeout 5 "$MSCOMM" $call --profile p --config config.toml --timeout 1s
    tried=$((tried + 1))
    if [ "$option" = --user ]; then # which needs a password from elsewhere
      printf '[profile.p.%s]\nuser = "me"\n' "$command" >config.toml
      # shellcheck disable=SC2086
      run_split mscomm $call --profile p --config config.toml --timeout 1s
    fi
    if ((status == 2)); then
      echo "$command $option = $value: $(cat "$err")"
      wrong=$((wrong + 1))
    fi
  done < <(jq -r '.commands[] | .name as $c | .options[] | select(.variable != "")
    | [$c, .names[-1], .value, (.value == "" or .value_is_optional | tostring)] | join("\u001f")' cli.json)
  ((tried > 250))
  assert_equal "$wrong" 0
}
