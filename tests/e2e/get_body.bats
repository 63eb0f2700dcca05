#!/usr/bin/env bats
# The bodies of requests: --data, --json and --form, from texts, files and stdin.

load helper

setup() { setup_service; }

# A member of /echo's document on stdout.
member() {
  jq -c "$1" "$out"
}

@test "--data is sent as it is, joined by &, as a form, and leaves the method alone" {
  run_split mscomm post -d a=1 -d 'b=ä ö' "$service/echo"
  assert_equal "$(member '[.method,.body,.headers["content-type"]]')" \
    '["POST","a=1&b=ä ö","application/x-www-form-urlencoded"]'
  run_split mscomm get -d x "$service/echo"
  assert_equal "$(member '[.method,.headers["content-length"]]')" '["GET","1"]'
  run_split mscomm post -H 'content-type: text/plain' -d x "$service/echo"
  assert_equal "$(member '.headers["content-type"]')" '"text/plain"'
}

@test "only a POST of texts claims to be a form" {
  local row form='"application/x-www-form-urlencoded"'
  printf body >body
  while read -r row; do
    # shellcheck disable=SC2086
    run_split mscomm ${row#* } "$service/echo" <body
    assert_status 0
    assert_equal "${row#* }: $(member '.headers["content-type"]')" "${row#* }: ${row%% *}"
  done <<ROWS
$form post -d a=1
$form post -d a=1 -d @body
$form put --method POST -d a=1
null post -d @body
null post -d @-
null put -d @body
null put -d a=1
null patch -d @-
null delete -d a=1
null post --method PUT -d a=1
"text/csv" put -d @body -H Content-Type:text/csv
ROWS
}

@test "a part of a form has the type and the file name that it is given" {
  printf '{}' >order
  run_split mscomm post "$service/echo" --form 'a={"x":1};type=application/json' \
    --form 'b=@order;type=text/plain; charset=utf-8;filename=7.json' --form 'c="x;type=a/b"' \
    --form 'd=x;y' --form 'e=@-;type=text/csv' --form 'f=@order;type=application/xml' </dev/null
  assert_status 0
  jq -r '.parts[] | [.name,.filename,.content_type,.body] | join("|")' "$out" >got
  cmp got - <<'PARTS'
a||application/json|{"x":1}
b|7.json|text/plain; charset=utf-8|{}
c|||x;type=a/b
d|||x;y
e|-|text/csv|
f|order|application/xml|{}
PARTS
}

@test "--data @FILE and @- send every byte" {
  printf 'a\r\nb\0c\n' >body
  run_split mscomm put -d @body "$service/echo"
  assert_equal "$(member .body)" '"a\r\nb\u0000c\n"'
  run_split mscomm put -d @- "$service/echo" <body
  assert_equal "$(member .body)" '"a\r\nb\u0000c\n"'
  run_split mscomm put -d @missing "$service/echo"
  assert_status 11
  assert_stderr_has missing
}

@test "a POST without a body says so with Content-Length: 0" {
  run_split mscomm post "$service/echo"
  assert_equal "$(member '[.headers["content-length"],.headers["content-type"]]')" '["0",null]'
}

@test "a body above 1 MB is sent without waiting for 100 Continue" {
  head -c 3000000 /dev/zero | tr '\0' x >body
  run_split mscomm post --timeout 20s -H 'Content-Type: text/plain' -d @body \
    "$service/echo"
  assert_status 0
  assert_equal "$(member '.body|length')" 3000000
  assert_equal "$(member '.headers.expect')" null
  run_split mscomm post "$service/echo" -H 'Content-Type: text/plain' -d @- <body
  assert_equal "$(member '.body|length')" 3000000
  run_split mscomm post "$service/echo" -H 'Content-Type: text/plain' -d @- < <(cat body)
  assert_equal "$(member '.body|length')" 3000000
  run_split mscomm post "$service/echo" -d @- <&-
  assert_status 11
  assert_stderr 'mscomm: post: cannot read stdin: Bad file descriptor'
}

@test "--json is checked before anything is sent and sets both headers" {
  run_split mscomm post --json '{"id": 1}' "$service/echo"
  assert_equal "$(member '[.body,.headers["content-type"],.headers.accept]')" \
    '["{\"id\": 1}","application/json","application/json"]'
  echo '[1, 2]' | run_split mscomm put --json @- "$service/echo"
  assert_equal "$(member .body)" '"[1, 2]\n"'
  run_split mscomm post --json $'{\n"id":}' "$service/echo?count=sent"
  assert_status 2
  assert_stderr_has 'line 2, column 6'
  assert_equal "$(curl -s "$service/count/sent")" 0
  run_split mscomm post --json '{}' --data x "$service/echo"
  assert_status 2
}
