#!/usr/bin/env bats
# get --report: what a load run leaves in a file.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell

bats_require_minimum_version 1.5.0
load helper

setup() { setup_service; }

times_sent() { curl -s "$service/count/$1"; } # NAME

@test "--report writes a page that needs nothing else" {
  echo '<script>alert(1)</script>' >evil
  run_split mscomm post "$service/echo" "$service/status/503" -d @evil -n 40 -c 4 --rate 400 \
    --slo 'p99<10s,errors<1%' --report page.html
  assert_status 12
  run_split cat page.html
  assert_stdout_has "POST $service/echo"
  assert_stdout_has 'p99&lt;10s'
  assert_stdout_has 'status 503'
  run_split grep -c -i -E '<script[^>]* src=|<link|@import|<script>alert' page.html
  assert_stdout 0
}

@test "a report that cannot be written in the end does not take the summary along" {
  run_split mscomm get "$service/health" -n 5 --report /dev/full
  assert_status 11
  assert_stdout_has '5 succeeded'
  run_split mscomm get "$service/health" -n 5 --report page.html -o page.html
  assert_status 2
}

@test "a report that cannot be written is said before anything is sent" {
  run_split mscomm get "$service/status/200?count=unwritten" -n 5 --report "$PWD/no/page.html"
  assert_status 11
  assert_equal "$(times_sent unwritten)" 0
}

@test "--report FILE.json is the summary, and - is stdout" {
  run_split mscomm get "$service/health" -n 5 --report summary.json
  assert_status 0
  assert_equal "$(jq .requests summary.json)" 5
  run_split mscomm get "$service/health" -n 5 --report - -o summary.txt
  assert_status 0
  assert_equal "$(jq .requests "$out")" 5
  grep -q requests summary.txt
  run_split mscomm get "$service/health" -n 5 --report -
  assert_status 2
  assert_stderr_has '--report needs a file of its own'
  run_split mscomm get "$service/health" -n 5 --report page.xml
  assert_status 2
  assert_stderr_has "'page.xml' does not end in .html or .json"
}

@test "a reader that is gone, or a full disk, takes neither the verdict nor the report along" {
  # shellcheck disable=SC2016  # for another shell
  run_split bash -c '"$0" get "$1/health" -n 50 --slo "p99<1ns" --report page.html | true
    exit "${PIPESTATUS[0]}"' "$MSCOMM" "$service"
  assert_status 12
  assert_stderr_has 'p99<1ns was missed'
  test -s page.html
  rm page.html
  run_split bash -c '"$0" get "$1" -n 50 --slo "p99<1ns" --report page.html >/dev/full' "$MSCOMM" "$service/health"
  assert_status 11
  assert_stderr_has 'p99<1ns was missed'
  test -s page.html
}
