#!/usr/bin/env bats
# get --schema: a response that keeps its contract, or not.
#
# shellcheck disable=SC2016  # what stands in single quotes is JSON

load helper

setup() {
  setup_service
  cat >schema.json <<'JSON'
{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
 "required": ["method", "id"], "properties": {
   "method": {"enum": ["POST"]}, "query": {"$ref": "query.json"},
   "headers": {"type": "object", "maxProperties": 0}}}
JSON
  echo '{"properties": {"n": {"type": "string", "pattern": "^[0-9]+$"}}}' >query.json
}

@test "a body that keeps the schema is exit 0" {
  echo '{"type": "object", "required": ["status"]}' >ok.json
  run_split mscomm get "$service/health" --schema ok.json
  assert_status 0
  assert_stdout '{"status":"pass"}'
}

@test "all violations are told, with pointers into the body and the schema, and the exit status is 9" {
  run_split mscomm get "$service/echo?n=x1" --schema schema.json
  assert_status 9
  assert_stderr_has "200 OK, but"
  assert_stderr_has "the member 'id' is missing"
  assert_stderr_has '--schema: /method: '
  assert_stderr_has '(#/properties/method/enum)'
  assert_stderr_has '--schema: /query/n: '
  assert_stderr_has 'query.json#/properties/n/pattern'
  assert_stderr_has '--schema: /headers: '
  jq -e '.method == "GET"' "$out" >/dev/null || complain 'the body is printed all the same'
}

@test "a body that is no JSON does not keep any schema" {
  echo true >any.json
  run_split mscomm get "$service/drip/3/1" --schema any.json
  assert_status 9
  assert_stderr_has 'the body is not JSON'
}

@test "a schema that is none is found before anything is sent" {
  local schema
  for schema in '{"type": 5}' '{"$ref": "#/nowhere"}' '{"$ref": "http://127.0.0.1:1/x"}' \
    '{"$schema": "http://example.com/dialect"}' '{"pattern": "("}' 'nonsense'; do
    echo "$schema" >bad.json
    run_split mscomm get "$service/health?count=never" --schema bad.json
    assert_status 2
    assert_stderr_has 'bad.json'
  done
  run_split mscomm get "$service/health?count=never" --schema nowhere.json
  assert_status 11
  assert_equal "$(curl -s "$service/count/never")" 0
}

@test "--schema: a schema that refers to itself without end is exit 2, and nothing is sent" {
  local schema
  for schema in '{"$ref": "#"}' '{"properties": {"id": {"anyOf": [{"$ref": "#/properties/id"}]}}}'; do
    echo "$schema" >endless.json
    run_split mscomm get "$service/json?count=endless" --schema endless.json
    assert_status 2
    assert_stderr_has 'refers to itself without end'
  done
  assert_equal "$(curl -s "$service/count/endless")" 0
}

@test "--schema: international host names and mail addresses are demanded" {
  local format text expected
  while read -r format text expected; do
    echo '{"properties": {"query": {"properties": {"v": {"format": "'"$format"'"}}}}}' >format.json
    run_split mscomm get "$service/echo" --query "v=$text" --schema format.json
    assert_status "$expected"
  done <<'ROWS'
idn-hostname bücher.example 0
idn-hostname bü_cher.example 9
idn-hostname -bücher.example 9
idn-email jürgen@bücher.example 0
idn-email jürgen.bücher.example 9
iri http://bücher.example/ä 0
iri http://bücher.example/ä|ö 9
hostname bücher.example 9
ROWS
}
