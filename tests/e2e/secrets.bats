#!/usr/bin/env bats
# A secret appears in no output, whatever fails: a random one in every place that takes one.

load helper

setup() {
  setup_test
  token=Sx$RANDOM$RANDOM$RANDOM
  # In each of these $token is a part of the password, of which nothing may be seen.
  shapes=("$token" "a/$token" "$token/a" "a?$token" "a#$token" "a@$token" "$token@a/b" "a:$token" "a $token" "[$token"
    "$token]" "%zz$token" "a%2F$token" "ü$token" "a'$token" "a\"$token" "a\\$token" "a//$token" "a://$token" "a%$token"
    "/$token" "a&b=$token" "a,$token" "a;$token" "9999999/$token" $'a\t'"$token" "a<$token>")
  failed='' in_base64=$token
  export MSCOMM_CONNECT_TIMEOUT=300ms # of a server that has nothing to say to TLS
}

# Leaves some of the shapes, others each time.
choose_shapes() {
  local -i left
  left=$(rounds 7 ${#shapes[@]})
  choose_seed
  mapfile -d '' shapes < <(printf '%s\0' "${shapes[@]}" | shuf -z -n $left --random-source=<(yes "$seed"))
}

# Runs it; nothing of the secret may be in what it wrote, also not in base64.
keeps() { # [VARIABLE=VALUE]... mscomm ARGUMENTS...
  local -a variables=()
  while [[ $1 != mscomm ]]; do variables+=("$1") && shift; done
  run_split env "${variables[@]}" "$MSCOMM" "${@:2}" </dev/null
  if grep -qsaF -e "$token" -e "$in_base64" "$out" "$err" report.* || [ "$status" -eq 70 ] || [ "$status" -ge 128 ]; then
    failed+=$'\n'"$status: ${variables[*]} $*: $(grep -shaF -m 2 -e "$token" -e "$in_base64" "$out" "$err" report.* | cut -c 1-300)"
  fi
}

all_kept() { [ -z "$failed" ] || complain "seen:$failed"; }

@test "the password of a URL is not seen, whatever it holds and whatever fails" {
  start_raw no read 'send:HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n'
  choose_shapes
  local shape
  for shape in "${shapes[@]}"; do
    in_base64=$(printf 'u:%s' "$shape" | base64 -w 0)
    keeps mscomm get "http://u:$shape@$no/x" -vv
    keeps mscomm get "u:$shape@$no/x" --format json
    keeps mscomm get "http://u:$shape@127.0.0.1:1/x" --log-format json -vv --format text
    keeps mscomm get "http://:$shape@nowhere.invalid/"
    keeps mscomm get "http://u:$shape@ho st/"
    keeps mscomm get "ftp://u:$shape@h/"
    [[ $shape == *@* || $shape == /* ]] || keeps mscomm get "http://u:$shape" # the host was forgotten
    keeps mscomm get --nonsense "http://u:$shape@h/"
    keeps mscomm "http://u:$shape@h/"
    keeps mscomm "u:$shape@h/"
    keeps mscomm get --base-url "http://u:$shape@$no" /x
    keeps mscomm get /x --base-url "u:$shape@127.0.0.1:1"
    keeps MSCOMM_BASE_URL="http://u:$shape@127.0.0.1:1" mscomm get /x
    keeps mscomm probe "http://u:$shape@$no/" --format json
    keeps mscomm probe "tcp://u:$shape@h:1"
    keeps mscomm probe "u:$shape@h:1"
    keeps mscomm probe "amqp://u:$shape@127.0.0.1:1/"
    keeps mscomm consume "http://u:$shape@h/" again
  done
  all_kept
}

@test "the password of a proxy, a broker or a management API is not seen" {
  start_raw no read 'send:HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n'
  choose_shapes
  local shape
  for shape in "${shapes[@]}"; do
    in_base64=$(printf 'u:%s' "$shape" | base64 -w 0)
    keeps mscomm get --proxy "http://u:$shape@$no" http://h.invalid/ -vv
    keeps mscomm get --proxy "u:$shape@$no" https://h.invalid/ -vv
    # The host was forgotten, or what follows '@' is one.
    if [[ $shape != *@* && $shape != /* ]]; then
      keeps mscomm get --proxy "u:$shape" http://h.invalid/
      keeps http_proxy="u:$shape" mscomm get http://h.invalid/ -vv
      keeps mscomm consume -u "amqp://u:$shape" q
    fi
    keeps mscomm get --proxy "x://u:$shape@h" http://h.invalid/
    keeps http_proxy="http://u:$shape@$no" mscomm get http://h.invalid/ -vv
    keeps http_proxy="u:$shape@127.0.0.1:1" mscomm get http://h.invalid/ -vv
    keeps https_proxy="x://u:$shape@h" mscomm get https://h.invalid/ -vv --format json
    keeps mscomm consume -u "amqp://u:$shape@127.0.0.1:1" q -vv
    keeps mscomm consume -u "amqp://u:$shape@127.0.0.1:1,b:1/v" q --log-format json
    keeps mscomm publish --url="amqps://u:$shape@127.0.0.1:1/v?x=1" -q q x
    keeps mscomm publish -u "u:$shape@h" -q q x
    keeps AMQP_URL="amqp://u:$shape@127.0.0.1:1" mscomm fanout e x -vv
    keeps mscomm consume --management-url "http://u:$shape@h?x" q
    keeps mscomm consume --management-url "u:$shape@h" q
    keeps mscomm consume -uamqp://127.0.0.1:1 --management-url "http://u:$shape@127.0.0.1:1" q --peek
    keeps mscomm get "-uu:$shape" :1/
    keeps mscomm consume q --to other --to-url "amqp://u:$shape@127.0.0.1:1"
  done
  all_kept
}

@test "the broker that refuses a login does not make it seen" {
  local shape encoded
  for shape in "$token" "a/$token" "a@$token%"; do
    encoded=$(jq -rn --arg shape "$shape" '$shape | @uri')
    in_base64=$(printf '\0u\0%s' "$shape" | base64 -w 0)
    for url in "amqp://u:$encoded@${AMQP##*@}" "amqp://guest:$encoded@${AMQP##*@}"; do
      keeps mscomm consume -u "$url" q -vv
      keeps mscomm publish -u "$url" -q q x --log-format json -v
      keeps mscomm probe "$url" --format json
    done
    printf '%s' "$shape" >password
    chmod 600 password
    keeps mscomm consume -u "amqp://guest@${AMQP##*@}" --password-file password q -vv
    chmod 644 password
    keeps mscomm consume -u "amqp://guest@${AMQP##*@}" --password-file password q -vv
  done
  all_kept
}

@test "credentials in headers, files and --user are not seen" {
  start_raw no read 'send:HTTP/1.1 401 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
  local name
  printf '%s' "$token" >file
  chmod 600 file
  in_base64=$(printf 'me:%s' "$token" | base64 -w 0)
  for url in "http://$no/" http://127.0.0.1:1/ http://nowhere.invalid/ "https://$no/" 'http://ho st/'; do
    for more in -vv '--format json' '--format text --timing' '--log-format json -v' '-n 3 --report report.html' \
      '-n 2 --report report.json' '--breaker=b' '--retry 1 --backoff 1ms'; do
      # shellcheck disable=SC2086  # words
      {
        keeps mscomm get $more --user "me:$token" "$url"
        keeps mscomm get $more --user me --password-file file "$url"
        keeps mscomm get $more --bearer-file file "$url"
        keeps mscomm get $more -H "Authorization: Bearer $token" -H "Cookie: a=$token" -H "X-Api-Key: $token" "$url"
      }
    done
  done
  for name in Authorization Proxy-Authorization Cookie X-Api-Key X-Auth-Token Private-Token X-Vault-Token \
    Ocp-Apim-Subscription-Key X-Client-Secret X_API_KEY; do
    keeps mscomm get -vv -H "$name: $token" "http://$no/"
    keeps mscomm get -H "$name $token" "http://$no/"
    keeps mscomm publish -q q -H "$name: $token" x
    keeps mscomm publish -q q -H "$name $token" x
    keeps mscomm publish -u amqp://127.0.0.1:1 -q q -H "$name=$token" x -vv
  done
  keeps mscomm breaker list
  keeps mscomm get --user "me:$token" --bearer-file file :1/
  keeps mscomm get --user "me:$token" --password-file file :1/
  keeps mscomm get --user "me:$token" --timeout nonsense :1/
  keeps mscomm get --password "$token" :1/
  keeps mscomm get "--password=$token" :1/
  keeps mscomm get "-u$token" :1/
  all_kept
}

@test "parameters that are credentials are not seen" {
  start_raw no read 'send:HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
  local name
  for name in access_token token api_key ApiKey client_secret password sig X-Amz-Signature jwt; do
    keeps mscomm get "http://$no/?a=1&$name=$token&b=2" -vv --timing
    keeps mscomm get "http://$no/" --query "$name=$token" -vv --format json
    keeps mscomm get "http://127.0.0.1:1/?$name=$token#$name=$token" --log-format json -v --format text
    keeps mscomm get -n 2 "http://$no/?$name=$token" --report report.html
    keeps mscomm probe "http://$no/?$name=$token"
    keeps mscomm get "ftp://$no/?$name=$token"
  done
  all_kept
}

@test "the secrets of a redirect are not seen" {
  local shape location
  for shape in "$token" "a/$token" "a@$token" "a?$token" "a#$token" "a $token" "/$token" "[$token"; do
    for location in "http://u:$shape@127.0.0.1:1/" "//u:$shape@127.0.0.1:1/" "http:/u:$shape@127.0.0.1:1/" \
      "ftp://u:$shape@h/" "https://u:$shape@h o/" "/cb?next=http://u:$shape@h/" "/#access_token=$token"; do
      start_raw away read "send:HTTP/1.1 302 Found\r\nLocation: $location\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
      keeps mscomm get -L --max-redirs 1 "$away" --format json -vv
      keeps mscomm get "$away" --format text
      keeps mscomm get "$away" --format '{headers.location} {redirects} {error}\n' -L --log-format json -v --max-redirs 0
      stop_process away
    done
  done
  all_kept
}

@test "a contract does not quote them" {
  local place
  for place in 'query:access_token' 'header:X-Api-Key' 'cookie:sid'; do
    printf '{"openapi": "3.0.3", "info": {"title": "", "version": ""}, "paths": {"/x": {"get": {"parameters":
      [{"in": "%s", "name": "%s", "schema": {"type": "string", "pattern": "^[0-9]$"}}],
      "responses": {"200": {"description": ""}}}}}}' "${place%:*}" "${place#*:}" >api.json
    keeps mscomm get "http://127.0.0.1:1/x?access_token=$token" -H "X-Api-Key: $token" -H "Cookie: sid=$token" --openapi api.json
    assert_status 9
    assert_stderr_has 'its value is a secret and not shown'
  done
  all_kept
}

@test "a profile's secrets are not seen, whatever is wrong with it" {
  local wrong
  while IFS= read -r wrong; do
    printf '[profile.p]\n%s\n' "${wrong//TOKEN/$token}" >config.toml
    chmod 600 config.toml
    keeps mscomm get --config config.toml --profile p :1/ -vv
    keeps mscomm consume --config config.toml --profile p q --timeout 1s
    chmod 644 config.toml
    keeps mscomm get --config config.toml --profile p :1/
  done <<'PROFILES'
user = "me:TOKEN"
user = me:TOKEN
user = ["me:TOKEN", "you:TOKEN"]
password = "TOKEN"
password = TOKEN
bearer = "TOKEN
url = "amqp://u:TOKEN@127.0.0.1:1"
url = "amqp://u:a/TOKEN@127.0.0.1:1"
url = "http://u:TOKEN@h"
url = [["amqp://u:TOKEN@h"]]
base_url = "http://u:a/TOKEN@127.0.0.1:1"
proxy = "u:a/TOKEN@127.0.0.1:1"
header = ["Authorization: Bearer TOKEN"]
header = ["Authorization Bearer TOKEN"]
header = "Authorization: TOKEN\n"
query = ["access_token=TOKEN"]
management_url = "http://u:a/TOKEN@127.0.0.1:1"
PROFILES
  all_kept
}

command_line_is_hidden() {
  tr '\0' ' ' <"/proc/$waiting_pid/cmdline" >shown
  grep -q '\*\*\*' shown && ! grep -q -e "$token" shown
}

@test "ps does not see secrets" {
  local argument
  mkfifo urls
  exec 8<>urls # so that URLs are waited for
  for argument in "http://u:a/$token@h/" "--proxy=u:a/$token@h" "--base-url=http://u:a?$token@h" "u:a#$token@h" \
    "http://u:a $token@h/" "-HAuthorization: $token" "-HPrivate-Token: $token" "--user=me:$token" \
    "--query=access_token=$token" "http://h/?api_key=$token" "--form=password=$token"; do
    start_process waiting bash -c 'exec "$@" <urls' bash "$MSCOMM" post "$argument" -
    await 5 command_line_is_hidden || failed+=$'\n'"$argument: $(<shown)"
    stop_process waiting
  done
  exec 8>&-
  all_kept
}
