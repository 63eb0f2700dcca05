#!/usr/bin/env bats
# get --openapi with the descriptions of public services and the examples in them.

load ../e2e/helper

examples() { # PACKAGE/FILE [KNOWN MISTAKE]...
  local file=${MSCOMM_TEST_NODE_MODULES:?must be where the descriptions are}/$1 text
  local -a known=()
  [ -e "$file" ] || skip 'npm could not install the descriptions'
  shift
  for text in "$@"; do
    known+=(--known "$text")
  done
  MSCOMM_TEST_TIMEOUT=300 run_split /usr/bin/python3 "$BATS_TEST_DIRNAME/openapi_examples.py" \
    "$MSCOMM" "$file" "${known[@]}"
}

# What does not hold are mistakes in the description: tx_index is required, and absent in examples;
# the examples of pools have schemas in the place of values; that of xpub is a list of one.
@test "the examples of Blockfrost keep its description (3.0, YAML), but for those with mistakes" {
  examples @blockfrost/openapi/openapi.yaml "the member 'tx_index' is missing" \
    '#/components/schemas/pool_list_extended/' '#/components/schemas/utils_addresses_xpub/type'
  assert_status 0
  assert_stdout_has '70 of 75 examples hold, 0 do not for reasons that are not known'
}

@test "the examples of Train Travel keep its description (3.1, JSON)" {
  examples @readme/oas-examples/3.1/json/train-travel.json
  assert_status 0
  assert_stdout_has '38 of 38 examples hold'
}

@test "the examples of Train Travel keep its description as YAML, too" {
  examples @readme/oas-examples/3.1/yaml/train-travel.yaml
  assert_status 0
  assert_stdout_has '38 of 38 examples hold'
}
