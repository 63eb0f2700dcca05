#!/usr/bin/env bats
# get --openapi: requests and responses that keep a description of their service, or not.
#
# shellcheck disable=SC2016  # what stands in single quotes is YAML

load helper

setup() {
  setup_service
  cat >api.yaml <<'YAML'
openapi: 3.0.3
info: {title: test, version: "1"}
paths:
  /health:
    get: &health
      responses:
        200:
          description: it runs
          content: {application/*+json: {schema: {$ref: schemas.json#/Health}}}
  /json:
    get:
      responses:
        200:
          description: data
          headers: {X-Rate-Limit: {required: true, schema: {type: integer}}}
          content:
            application/json:
              schema:
                required: [id, price]
                properties:
                  id: {type: integer, minimum: 2}
                  items: {type: array, items: {type: string, minLength: 2}}
  /echo/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
      - {name: count, in: query, schema: {}}
    get: *health
    post:
      parameters:
        - {name: page, in: query, required: true, schema: {type: integer, maximum: 9}}
      requestBody:
        required: true
        content: {application/json: {schema: {type: object, required: [name]}}}
      responses: {200: {description: the request, content: {application/json: {}}}}
  /status/{code}:
    get: {responses: {4XX: {description: no, content: {'*/*': {}}}}}
  /flaky/{name}/{times}:
    get: {responses: {200: {description: a, content: {application/json: {}}}}}
  /redirect/{n}:
    get: {responses: {200: {description: a, content: {text/plain: {}}}}}
  /redirect-to:
    get: {responses: {302: {description: elsewhere}}}
YAML
  echo '{"Health": {"required": ["status"], "properties": {"status": {"enum": ["pass"]}}}}' >schemas.json
}

@test "--openapi: a request and a response that keep the description are exit 0" {
  run_split mscomm get "$service/health" --openapi api.yaml
  assert_status 0
  assert_stdout '{"status":"pass"}'
  run_split mscomm post "$service/echo/5?page=1" --json '{"name": "x"}' --openapi api.yaml
  assert_status 0
}

@test "--openapi: all violations of a response are told, with places in it and in the description, exit 9" {
  run_split mscomm get "$service/json" --openapi api.yaml
  assert_status 9
  assert_stderr_has '200 OK, but'
  assert_stderr_has '--openapi: response header X-Rate-Limit is required (#/paths/~1json/get/responses/200/headers/X-Rate-Limit)'
  assert_stderr_has "--openapi: response body: the member 'price' is missing"
  assert_stderr_has '--openapi: response body /id: 1 is less than the minimum 2 (#/paths/~1json/get/responses/200/content/application~1json/schema/properties/id/minimum)'
  assert_stderr_has '--openapi: response body /items/1: "b" has 1 character'
  assert_stderr_lacks 'expressions'
  jq -e '.id == 1' "$out" >/dev/null || complain 'the body is printed all the same'
}

@test "--openapi: a request that violates the description is not sent, and all of its violations are told" {
  run_split mscomm post "$service/echo/x?page=10&count=never" --json '[]' --openapi api.yaml
  assert_status 9
  assert_stderr_has 'not sent'
  assert_stderr_has '--openapi: path parameter id: "x" is not an integer'
  assert_stderr_has '--openapi: query parameter page: 10 is greater than the maximum 9'
  assert_stderr_has '--openapi: request body: [] is not an object'
  run_split mscomm post "$service/echo/5?count=never" --retry 2 --openapi api.yaml
  assert_status 9
  assert_stderr_has '--openapi: query parameter page is required'
  assert_stderr_has '--openapi: request body is required'
  assert_equal "$(curl -s "$service/count/never")" 0
}

@test "--openapi: the headers are judged that are sent" {
  cat >headers.yaml <<'YAML'
openapi: 3.1.0
paths:
  /health:
    get:
      parameters:
        - {name: User-Agent, in: header, required: true, schema: {pattern: '^mscomm/[0-9]'}}
        - {name: Accept-Encoding, in: header, required: true, schema: {}}
        - {name: Host, in: header, required: true, schema: {}}
      responses: {200: {description: it runs}}
YAML
  run_split mscomm get "$service/health" --compressed --openapi headers.yaml
  assert_status 0
  run_split mscomm get "$service/health" --openapi headers.yaml -H 'User-Agent: me'
  assert_status 9
  assert_stderr_has '--openapi: header parameter User-Agent: "me"'
}

@test "--openapi: a form is a body, of its type" {
  cat >form.yaml <<'YAML'
openapi: 3.0.3
paths:
  /echo:
    post: {responses: {200: {description: it}}}
    put:
      requestBody: {content: {multipart/form-data: {schema: {type: object}}}}
      responses: {200: {description: it}}
YAML
  run_split mscomm post "$service/echo?count=never" --form a=b --openapi form.yaml
  assert_status 9
  assert_stderr_has '--openapi: request body is not described for POST /echo'
  assert_equal "$(curl -s "$service/count/never")" 0
  run_split mscomm put "$service/echo" --form a=b --openapi form.yaml
  assert_status 0
  run_split mscomm post "$service/echo" --openapi form.yaml
  assert_status 0
}

@test "--openapi: a comma that --query encoded is hinted at" {
  cat >ids.yaml <<'YAML'
openapi: 3.0.3
paths:
  /echo:
    get:
      parameters: [{name: ids, in: query, explode: false, schema: {type: array, items: {type: integer}}}]
      responses: {200: {description: it}}
YAML
  run_split mscomm get "$service/echo" --query ids=1,2 --openapi ids.yaml
  assert_status 9
  assert_stderr_has 'hint: --query encodes commas'
  run_split mscomm get "$service/echo?ids=1,x" --openapi ids.yaml
  assert_status 9
  assert_stderr_has 'hint: without --openapi'
  run_split mscomm get "$service/echo?ids=1,2" --openapi ids.yaml
  assert_status 0
}

@test "--openapi: a refused request has a record with no attempts" {
  run_split mscomm get "$service/echo/x" --openapi api.yaml --format json --until '.status == 200'
  assert_status 9
  jq -e '.outcome == "violated" and .attempts == 0 and .status == null' "$out" >/dev/null ||
    complain 'the record'
}

@test "--openapi: what is not described is told with what is" {
  run_split mscomm get "$service/helth" --openapi api.yaml
  assert_status 9
  assert_stderr_has "--openapi: path '/helth' is not described; near it: /health"
  run_split mscomm delete "$service/health" --openapi api.yaml
  assert_status 9
  assert_stderr_has '--openapi: method DELETE is not described for /health (GET)'
}

@test "--openapi: a status that is not described is a violation, and one that is may still be unexpected" {
  run_split mscomm get "$service/status/503" --openapi api.yaml
  assert_status 9
  assert_stderr_has '--openapi: status 503 is not described for GET /status/{code} (4XX)'
  run_split mscomm get "$service/status/404" --openapi api.yaml
  assert_status 1
  assert_stderr_lacks '--openapi'
  run_split mscomm get "$service/status/404" --openapi api.yaml --expect 404
  assert_status 0
}

@test "--openapi: HEAD is judged by what is described for GET, without a body" {
  run_split mscomm head "$service/json" --openapi api.yaml
  assert_status 9
  assert_stderr_has 'response header X-Rate-Limit is required'
  assert_stderr_lacks 'body'
}

@test "--openapi: a violated response is retried for its status, and the last one is judged" {
  run_split mscomm get "$service/flaky/a/2" --retry 3 --backoff 1ms..1ms --openapi api.yaml
  assert_status 0
}

@test "--openapi: after redirects the last response is judged by its own operation" {
  run_split mscomm get "$service/redirect/2" --location --openapi api.yaml
  assert_status 9
  assert_stderr_has "the media type 'application/json' is not described (text/plain)"
  run_split mscomm get "$service/redirect-to?url=/json" --location --openapi api.yaml
  assert_status 9
  assert_stderr_has 'response header X-Rate-Limit is required'
  run_split mscomm get "$service/redirect-to?url=/bearer/x" --location --openapi api.yaml --expect 401
  assert_status 0
}

@test "--openapi: after redirects to another origin nothing is judged, and --verbose says so" {
  start_service other
  run_split mscomm get "$service/redirect-to?url=$other/json" --location --openapi api.yaml -v
  assert_status 0
  assert_stderr_has "--openapi: the description has no word about GET $other/json"
  run_split mscomm get "$service/redirect-to?url=/bearer/x" --location --openapi api.yaml --expect 401 -v
  assert_status 0
  assert_stderr_has "--openapi: the description has no word about GET $service/bearer/x"
}

@test "--openapi: with --schema and --assert each says what it has to say" {
  echo '{"type": "array"}' >array.json
  run_split mscomm get "$service/json" --openapi api.yaml --schema array.json --assert '.status == 201'
  assert_status 9
  assert_stderr_has '--openapi: response header X-Rate-Limit is required'
  assert_stderr_has '--schema: '
  assert_stderr_has '.status == 201'
}

@test "--openapi: several URLs are judged, each by its operation" {
  run_split mscomm get "$service/health" "$service/helth" "$service/json" -c 2 --openapi api.yaml
  assert_status 6
  assert_stderr_has "path '/helth' is not described"
  assert_stderr_has 'response header X-Rate-Limit is required'
}

@test "--openapi: a mistake in the description is found before anything is sent" {
  local text
  for text in 'swagger: "2.0"' 'openapi: 3.0' 'a: {' 'a: 1' \
    'openapi: 3.0.3
paths: {/health: {get: {responses: {200: {$ref: "#/nowhere"}}}}}' \
    'openapi: 3.1.0
paths: {/health: {get: {responses: {200: {content: {a/b+json: {schema: {pattern: "("}}}}}}}}' \
    'openapi: 3.0.3
paths: {/health: {get: {}}}' \
    'openapi: 3.0.3
paths: {/health: {get: {responses: {200: {content: {a/b+json: {schema: {$ref: "#/components/schemas/A"}}}}}}}}
components: {schemas: {A: {allOf: [{$ref: "#/components/schemas/B"}]}, B: {oneOf: [{$ref: "#/components/schemas/A"}]}}}'; do
    echo "$text" >bad.yaml
    run_split mscomm get "$service/health?count=never" --openapi bad.yaml
    assert_status 2
    assert_stderr_has 'bad.yaml'
    run_split mscomm get "$service/health?count=never" -n 2 --openapi bad.yaml
    assert_status 2
  done
  run_split mscomm get "$service/health?count=never" --openapi nowhere.yaml
  assert_status 11
  assert_equal "$(curl -s "$service/count/never")" 0
}

@test "--openapi: operations that are given as \$ref are followed" {
  cat >linked.yaml <<'YAML'
openapi: 3.0.3
paths:
  /health: {get: {$ref: '#/x-operations/health'}}
  /json: {get: {$ref: operations.yaml#/json}}
x-operations:
  health: {responses: {200: {description: it runs, content: {application/*+json: {schema: {required: [status]}}}}}}
YAML
  echo 'json: {responses: {200: {description: it, content: {application/json: {schema: {required: [price]}}}}}}' \
    >operations.yaml
  run_split mscomm get "$service/health" --openapi linked.yaml
  assert_status 0
  run_split mscomm get "$service/json" --openapi linked.yaml
  assert_status 9
  assert_stderr_has "the member 'price' is missing (operations.yaml#/json/responses/200/"
}

@test "--openapi: with several URLs a mistake in one operation does not hold up the others" {
  cat >partly.yaml <<'YAML'
openapi: 3.0.3
paths:
  /health: {get: {}}
  /json: {get: {responses: {200: {description: it}}}}
YAML
  local at_once
  for at_once in 1 3; do
    run_split mscomm get "$service/health?count=never" "$service/json?count=once$at_once" "$service/json" \
      -c "$at_once" --openapi partly.yaml --format '{url} {outcome} {attempts}\n'
    assert_status 6
    assert_stdout "$service/health?count=never usage 0" "$service/json?count=once$at_once ok 1" \
      "$service/json ok 1"
    assert_stderr_has "partly.yaml: #/paths/~1health/get: an operation needs the member 'responses'"
    assert_equal "$(curl -s "$service/count/once$at_once")" 1
  done
  run_split mscomm get "$service/health?count=never" "$service/health?count=never" --openapi partly.yaml
  assert_status 2
  assert_equal "$(curl -s "$service/count/never")" 0
}

@test "--openapi: a mistake that a redirect leads to is no exit 2, since something was sent" {
  cat >hops.yaml <<'YAML'
openapi: 3.0.3
paths:
  /redirect-to: {get: {responses: {302: {description: elsewhere}}}}
  /json: {get: {}}
YAML
  run_split mscomm get "$service/redirect-to?url=/json" --location --openapi hops.yaml
  assert_status 6
  assert_stderr_has "--openapi: hops.yaml: #/paths/~1json/get: an operation needs the member 'responses'"
}

@test "--openapi: 3.1 may leave out the responses, which are then not judged" {
  printf '%s\n' 'openapi: 3.1.0' 'paths: {/health: {get: {}}}' >silent.yaml
  run_split mscomm get "$service/health" --openapi silent.yaml -v
  assert_status 0
  assert_stderr_has 'the description has no word about GET'
}
