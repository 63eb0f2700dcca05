#!/usr/bin/env bats
# Wrong input: each is found before anything is sent, names the culprit and says what to do.
#
# A table's row:  EXIT ; TEXT OF THE MESSAGE ; TEXT OF THE HINT, or - ; COMMAND LINE

load helper

setup() {
  setup_test
  # Nothing listens there: what is not refused before a connection is tried fails with 3.
  export AMQP_URL=amqp://127.0.0.1:1
  mkdir -p "$XDG_CONFIG_HOME/mscomm"
  cat >"$XDG_CONFIG_HOME/mscomm/config.toml" <<'TOML'
[profile.typo]
heartbet = 3
[profile.kind.publish]
window = "many"
[profile.value]
timeout = true
TOML
  chmod 600 "$XDG_CONFIG_HOME/mscomm/config.toml"
  printf '[profile.p\n' >broken.toml
  echo s3cret >open-password
  chmod 644 open-password
  echo nonsense >nonsense.pem
  long=$(printf 'x%.0s' {1..300})
}

# Complains about every row that fails, not only about the first.
check_table() {
  local expected message hint line bad=0
  while IFS=';' read -r expected message hint line; do
    [ -n "$expected" ] || continue
    expected=${expected// /}
    message=$(sed 's/^ *//; s/ *$//' <<<"$message") hint=$(sed 's/^ *//; s/ *$//' <<<"$hint")
    local -a arguments=()
    eval "arguments=($line)"
    MSCOMM_TEST_TIMEOUT=5 run_split mscomm "${arguments[@]}"
    row_holds "$expected" "$message" "$hint" 2>why || {
      printf 'mscomm%s: %s\n' "$line" "$(<why)" >&2
      bad=$((bad + 1))
    }
  done
  [ $bad -eq 0 ] || complain "$bad rows"
}

row_holds() { # EXIT MESSAGE HINT
  assert_status "$1" || return
  assert_stdout || return
  head -n 1 "$err" | grep -q '^mscomm: ' || complain 'no message' || return
  assert_stderr_has "$2" || return
  [ "$3" = - ] || grep '^hint: ' "$err" | grep -qF -e "$3" || complain "no hint: $3" || return
  # One message and at most one hint, each on one line; nothing that only a programmer understands.
  if grep -qvE '^(mscomm|hint): ' "$err" || [ "$(wc -l <"$err")" -gt 2 ]; then
    complain 'more than a message and a hint'
    return
  fi
  if grep -qE 'terminate|CLI::|what\(\)|std::|nlohmann|json\.exception|toml::|Sanitizer|s3cret' "$err"; then
    complain 'not for users'
  fi
}

@test "broker URLs" {
  check_table <<'TABLE'
2; neither amqp:// nor amqps://  ; amqp://user         ; publish -u http://host -q q x
2; neither amqp:// nor amqps://  ; amqp://user         ; consume -u localhost q
2; the port is not a number       ; amqp://             ; consume -u amqp://host:99999 q
2; the port is not a number       ; -                   ; fanout -u amqp://host:abc e x
2; the host is missing           ; -                   ; consume -u amqp:// q
2; the host is missing           ; -                   ; consume -u amqp://host,, q
2; it is empty                   ; -                   ; consume -u '' q
2; lacks its ']'                 ; -                   ; consume -u 'amqp://[::1' q
2; a '%' in the virtual host     ; %25                 ; consume -u amqp://me:s3cret@host/%zz q
2; contains a '/'                ; %2F                 ; consume -u amqp://me:s3cret@host/a/b q
2; heartbeat 'x'                 ; -                   ; consume -u amqp://host?heartbeat=x q
2; unknown parameter 'heartbet'  ; did you mean 'heartbeat'? ; consume -u amqp://host?heartbet=1 q
2; frame_max 100 is less         ; 0 leaves it         ; consume -u amqp://host?frame_max=100 q
2; fail_if_no_peer_cert          ; verify_none         ; consume -u amqps://host?fail_if_no_peer_cert=false q
2; pass phrase                   ; openssl pkey        ; consume -u amqps://host?password=x q
2; auth_mechanism 'magic'        ; external            ; consume -u amqp://host?auth_mechanism=magic q
TABLE
}

@test "unknown commands, options, words and missing values" {
  check_table <<'TABLE'
2; unknown command 'publis'      ; did you mean 'publish'?        ; publis -q q x
2; unknown command 'comsume'     ; did you mean 'consume'?        ; comsume q
2; unknown option '--contnt-type' ; did you mean '--content-type'? ; publish -q q --contnt-type a x
2; unknown option '--until-emty' ; did you mean '--until-empty'?  ; consume q --until-emty
2; unknown option '--nonsense'   ; --help                         ; fanout e --nonsense=s3cret
2; unexpected argument 'b'       ; --help                         ; consume a b
2; unexpected argument 'y'       ; in quotes                      ; publish -q q x y
2; unexpected argument 'y'       ; in quotes                      ; fanout e x y
2; unexpected argument 'hi'      ; mscomm publish -q QUEUE BODY   ; publish q hi
2; unknown option '-k'           ; --insecure                     ; get -k https://host/
2; unknown option '-s'           ; --quiet                        ; get -sS :8080/
2; unknown option '--max-time'   ; --timeout DUR                  ; get --max-time 5 :8080/
2; unknown option '-q'           ; mscomm consume QUEUE           ; consume -q q
2; unknown option '-%'           ; see 'mscomm get --help'        ; get -% :8080/
2; --bind needs a value          ; --bind EXCHANGE[:KEY]          ; publish -q q --declare --bind
2; --message-type needs a value  ; --message-type NAME            ; publish -q q --message-type
2; unknown option '--type'       ; -                              ; publish -q q --type x
2; EXCHANGE is missing           ; --help                         ; fanout
2; there is no URL               ; :8080                          ; get
2; no target is given            ; mscomm probe                   ; probe
2; 'durabel' is none of          ; did you mean 'durable'?        ; consume q --declare=durabel
2; 'later' is none of auto       ; -                              ; consume q --ack later
2; 'tpoic' is none of fanout     ; did you mean 'topic'?          ; fanout e --type tpoic x
2; 'red' is none of              ; -                              ; consume q --color red
2; 'xml' is none of              ; -                              ; consume q --log-format xml
2; neither true nor false        ; -                              ; publish -q q --no-confirm=perhaps x
TABLE
}

@test "numbers, durations, times and sizes" {
  check_table <<'TABLE'
2; --count: 0 is less than 1     ; -         ; consume q -n 0
2; 'x' is not a whole number from 1 on; -         ; consume q -n x
2; '-1' is not a whole number from 1 on; -         ; consume q -n -1
2; --prefetch: 70000 is more     ; -         ; consume q --prefetch 70000
2; --window: 0 is less           ; -         ; publish -q q --window 0 x
2; --priority: 256 is more       ; -         ; publish -q q --priority 256 x
2; --priority: 'high'            ; -         ; fanout e --priority high x
2; --heartbeat: 99999 is more    ; -         ; consume q --heartbeat 99999
2; --idle: '5' is not a duration ; 250ms     ; consume q --idle 5
2; --timeout: 'soon'             ; 250ms     ; publish -q q --timeout soon x
2; --timeout: '-1s'              ; 250ms     ; consume q --timeout -1s
2; --confirm-timeout: '1'        ; 250ms     ; publish -q q --confirm-timeout 1 x
2; --expiration: '5' is not      ; 250ms     ; publish -q q --expiration 5 x
2; --expiration: 'soon'          ; 250ms     ; publish -q q --expiration soon x
2; --timestamp: 'yesterday'      ; or now    ; publish -q q --timestamp yesterday x
2; --wait: 'soon'                ; 250ms     ; probe --wait soon tcp://localhost:1
2; --max-size: '5XB'             ; 16KiB     ; get --max-size 5XB :1/
TABLE
}

@test "options that contradict each other or have no effect" {
  check_table <<'TABLE'
2; no target                     ; publish -q QUEUE   ; publish x
2; --queue and --exchange exclude ; --declare and --bind ; publish -q q -e e x
2; --queue and --routing-key     ; --exchange         ; publish -q q -r key x
2; --queue: it is empty          ; variable unset     ; publish -q '' x
2; --declare needs --queue       ; without a name     ; publish -e e --declare x
2; --bind needs --queue          ; -                  ; publish -e e --bind x y
2; --queue-arg needs --declare   ; -                  ; publish -q q --queue-arg a=1 x
2; --queue-arg needs --declare   ; -                  ; consume q --queue-arg a=1
2; 'a' is not KEY=VALUE          ; x-max-length=1000  ; consume q --declare --queue-arg a
2; --declare-exchange needs --exchange or --bind ; -  ; publish -q q --declare-exchange topic x
2; --declare-exchange needs --bind ; -                ; consume q --declare-exchange topic
2; --lines and BODY exclude      ; in one way         ; publish -q q --lines x
2; --lines and --null            ; in one way         ; publish -q q --lines --null
2; --jsonl and --file            ; in one way         ; fanout e --jsonl --file a
2; --delimiter: it is empty      ; -                  ; publish -q q --delimiter ''
2; no queue to consume from      ; --bind             ; consume
2; QUEUE: it is empty            ; variable unset     ; consume ''
2; --declare needs QUEUE         ; temporary          ; consume --declare --bind x
2; --peek and --ack auto exclude ; takes nothing      ; consume q --peek --ack auto
2; --delimiter and --null exclude ; -                 ; consume q --null --delimiter x
2; --null and --format json exclude ; one line        ; consume q --null --format json
2; --delimiter and --format {body} exclude ; one line ; consume q --delimiter x --format '{body}'
2; --rpc and --window exclude    ; --timeout          ; publish -q q --rpc --window 5 x
2; --rpc and --on-loss resend exclude ; not sent again ; publish -q q --rpc --on-loss resend x
2; --no-confirm and --window exclude ; nobody knows  ; publish -q q --no-confirm --window 5 x
2; --no-confirm and --on-loss resend ; nobody knows  ; publish -q q --no-confirm --on-loss resend x
2; --max-redirs needs --location ; -                  ; get --max-redirs 3 :1/
2; --every needs --wait or --successes ; -            ; probe --every 1s tcp://localhost:1
2; --backoff needs --retry       ; -                  ; get --backoff 1s..2s :1/
2; --jitter needs --retry        ; -                  ; get --jitter none :1/
2; --retry-on needs --retry      ; -                  ; get --retry-on 503 :1/
2; --retry-after needs --retry   ; -                  ; get --retry-after ignore :1/
2; --retry-max-time needs --retry ; -                 ; get --retry-max-time 1m :1/
2; --retry-unsafe needs --retry  ; -                  ; post --retry-unsafe :1/ x
2; --timeout: it must be more   ; -                  ; consume q --timeout 0
2; --confirm-timeout: it must be; -                  ; publish -q q --confirm-timeout 0s x
2; unexpected argument '--idle'  ; -                  ; consume q -n1 -- --idle
2; --verbose and --quiet exclude ; -                  ; consume q -v --quiet
2; BODY and --listen exclude     ; receives events    ; fanout e --listen x
2; --require-subscribers and --listen ; -             ; fanout e --listen --require-subscribers
2; --format needs --listen       ; -                  ; fanout e --format json x
2; --on-fail needs --listen      ; -                  ; fanout e --on-fail reject x
2; --rate and --listen exclude   ; sends none         ; fanout e --listen --rate 5
2; --window and --listen exclude ; sends none         ; fanout e --listen --window 1000
2; --content-type and --listen   ; sends none         ; fanout e --listen --content-type text/plain
2; --header needs --type headers ; --filter           ; fanout e --listen -H a=b
2; an event has one routing key  ; --listen           ; fanout e -r a -r b x
2; --durable and --transient exclude ; -                  ; fanout e --durable --transient x
2; EXCHANGE: it is empty         ; variable unset     ; fanout ''
TABLE
}

@test "headers, formats and delimiters" {
  check_table <<'TABLE'
2; 'novalue' is neither NAME=TEXT ; retries:=3        ; publish -q q -H novalue x
2; does not fit 64 bits            ; -                 ; consume q --declare --queue-arg x-a=18446744073709551616
2; does not fit 64 bits            ; -                 ; publish -q q -H n:=18446744073709551616 x
2; '=v' is neither NAME=TEXT      ; -                 ; fanout e -H =v x
2; --header n: this is not JSON   ; -                 ; publish -q q -H n:=nope x
2; unknown type 'nope'            ; timestamp         ; publish -q q -H 'n:={"$amqp":"nope","value":1}' x
2; 'jsno' is neither raw          ; did you mean 'json'? ; consume q --format jsno
2; 'raw' is neither text, json nor ; fields in braces ; probe :1/ --format raw
2; stdin can be read only once      ; give the others in files ; post --form a=@- --form b=@- :1/
2; there is no field 'service_ms.avg' ; min, mean, max, or any percentile ; get -n 2 --format '{service_ms.avg}' :1/
2; there is no field 'boddy'      ; did you mean 'body'? ; consume q --format '{boddy}'
2; stands alone                   ; {{                ; fanout e --listen --format '{body'
2; unknown escape                 ; \xNN              ; consume q --delimiter '\q'
2; unknown escape                 ; \xNN              ; publish -q q --delimiter '\x1'
2; --resolve: 'x:80:nonsense'     ; service-b:80:127.0.0.1 ; get --resolve x:80:nonsense :1/
2; --connect-to: 'foo' is not     ; service-b:80      ; get --connect-to foo :1/
2; --proxy: unknown scheme 'ftp'  ; socks5            ; get --proxy ftp://host :1/
2; --idempotency-key: it is empty ; variable unset    ; post :1/ --idempotency-key ''
2; --jq and --format json exclude ; works on the whole record ; get --jq . --format json :1/
2; --include and --jq exclude     ; works on the whole record ; get --jq . -i :1/
2; --breaker-open: 10m is more than --breaker-open-max, 5m ; give a longer ; get --breaker=x --breaker-open 10m :1/
2; 'novalue' is not a header      ; NAME: VALUE       ; get -H novalue :1/
2; 'Authorization' is not         ; NAME: VALUE       ; get -H 'Authorization Bearer S3cret' :1/
2; 'abc' is not a status          ; 2xx               ; get --expect abc :1/
2; only http:// and https://      ; -                 ; get ftp://host/
2; unknown scheme 'ftp'           ; amqps             ; probe ftp://host
2; the port is missing            ; tcp://host:PORT   ; probe tcp://host
TABLE
}

@test "files and profiles" {
  check_table <<'TABLE'
11; cannot read 'nowhere'         ; -                 ; consume q --password-file nowhere
2; open-password                  ; chmod             ; consume q --password-file open-password
11; cannot read 'nowhere'         ; -                 ; consume q -u amqps://localhost --tls-ca nowhere
2; 'nonsense.pem'                 ; -                 ; consume q -u amqps://localhost --tls-ca nonsense.pem
2; 'nonsense.pem'                 ; -                 ; consume q -u amqps://localhost --tls-cert nonsense.pem
2; 'nowhere.toml'                 ; -                 ; consume q --config nowhere.toml
2; broken.toml                    ; -                 ; consume q --config broken.toml --profile p
2; has no profile 'knid'     ; did you mean 'kind'? ; consume q --profile knid
2; no command has an option 'heartbet' ; did you mean 'heartbeat'? ; consume q --profile typo
2; window: 'many'                 ; -                 ; publish -q q --profile kind x
2; timeout: 'true'                ; 250ms             ; consume q --profile value
11; cannot read 'nowhere'         ; -                 ; get --data @nowhere :1/
TABLE
}

@test "a record that says no target needs one on the command line" {
  local record
  export AMQP_URL=$AMQP
  for record in '{"body":"x"}' '{"body":"x","exchange":""}'; do
    run_split mscomm publish --jsonl <<<"$record"
    assert_status 2
    assert_stderr_has 'standard input line 1: the record names no exchange and no queue'
    assert_stderr_has 'hint: give --queue or --exchange'
  done
}

# These need a connection before they can be found, or nothing but one.
@test "wrong records are named by line, member and reason" {
  local q row
  q=$(fresh_queue)
  export AMQP_URL=$AMQP
  amqp declare "$q"
  while IFS='|' read -r row message; do
    run_split mscomm publish -q "$q" --jsonl < <(printf '\n{"body":"good"}\n%s\n' "$row")
    assert_status 6
    assert_stdout
    assert_stderr_has "standard input line 3: $message"
    assert_stderr_has '1 sent, 1 confirmed'
    if grep -qE 'exception|nlohmann' "$err"; then complain 'not for users'; fi
  done <<'ROWS'
{"body":"a"|this is not JSON
[]|expected an object, not an array
null|expected an object, not null
{"routing_key":"k"}|the record has no body
{"body":1}|body: expected a string, not an integer
{"body":"a","body_base64":"YQ=="}|both 'body' and 'body_base64' are given
{"body_base64":"!"}|body_base64: this is not base64
{"body":"a","propertis":{}}|unknown member 'propertis'
{"body":"a","properties":{"priority":"x"}}|properties.priority: expected an integer
{"body":"a","properties":{"priority":256}}|properties.priority
{"body":"a","properties":{"headers":{"x":{"$amqp":"int8","value":300}}}}|properties.headers.x.value: 300
ROWS
  queue_holds "$q" 11
}

@test "what AMQP cannot carry, and what the broker does not know" {
  local q
  q=$(fresh_queue)
  export AMQP_URL=$AMQP
  amqp declare "$q"
  run_split mscomm publish -q "$q" --app-id "$long" x
  assert_status 2
  assert_stderr_has 'message 1: the property app_id has 300 bytes'
  assert_stderr_has 'hint: '
  run_split mscomm consume "$long"
  assert_status 2
  assert_stderr_has '255'
  run_split mscomm publish -e "$q-x" --declare-exchange tpoic x
  assert_status 1
  assert_stderr_has "unknown exchange type 'tpoic'"
  assert_stderr_has 'hint: the types are direct, fanout, headers and topic'
  run_split mscomm publish -q "$q-new" --declare --queue-arg x-max-length=abc x
  assert_status 1
  assert_stderr_has "invalid arg 'x-max-length'"
  assert_stderr_has 'hint: this argument of a queue is a whole number'
  run_split mscomm publish -q "$q" --user-id nobody x
  assert_status 1
  assert_stderr_has 'hint: --user-id must be the user that is logged in'
}

@test "a name with a line break is refused, since the broker would make another one" {
  export AMQP_URL=$AMQP
  run_split mscomm publish --declare -q $'bad\nname' x
  assert_status 2
  assert_stderr_has "the queue's name has a line break"
  run_split mscomm fanout $'bad\nname' x
  assert_status 2
  assert_stderr_has "the exchange's name has a line break"
}
