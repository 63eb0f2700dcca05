#!/usr/bin/env bats
# What a person at a terminal sees. script(1) makes the terminal.
#
# shellcheck disable=SC2016  # what stands in single quotes is for another shell, or for jq

load helper

setup() { setup_queue declared; }

# The command's output as the terminal got it, in the file `typescript`.
on_terminal() { # COMMAND
  MSCOMM=$MSCOMM q=$q run_split script -qfec "$1" typescript </dev/null
}

@test "control characters are visible on a terminal and untouched in a pipe" {
  local evil=$'\e]0;title\a\e[31mred\e[2J\x9b5mé\tend'
  amqp publish "$q" "$evil"
  amqp publish "$q" "$evil"
  on_terminal '"$MSCOMM" consume "$q" -n 1'
  assert_status 0
  grep -qF '\x1b]0;title\x07\x1b[31mred\x1b[2J' typescript || complain "$(cat -v typescript)"
  sed '1d;$d' typescript >seen
  if grep -qaE $'\e|\a' seen; then complain 'a control character reached the terminal'; fi
  grep -qF 'é' seen
  "$MSCOMM" consume "$q" -n 1 >raw
  printf '%s\n' "$evil" | cmp - raw
}

@test "control characters in errors are visible, too" {
  run_split mscomm consume $'no\e[31mqueue'
  assert_status 1
  if grep -q $'\e' "$err"; then complain 'an escape sequence from the broker'; fi
}

@test "no colour in a pipe, colour on a terminal, NO_COLOR is obeyed" {
  run_split mscomm consume "$q-nowhere"
  if grep -q $'\e' "$err"; then complain 'colour in a pipe'; fi
  run_split mscomm consume "$q-nowhere" --color always
  grep -q $'\e\[' "$err" || complain 'no colour with --color always'
  TERM=xterm on_terminal '"$MSCOMM" consume "$q-nowhere"'
  assert_status 1
  sed '1d;$d' typescript | grep -qa $'\e\[' || complain 'no colour on a terminal'
  NO_COLOR=1 TERM=xterm on_terminal '"$MSCOMM" consume "$q-nowhere"'
  if sed '1d;$d' typescript | grep -qa $'\e\['; then complain 'colour in spite of NO_COLOR'; fi
  TERM=xterm on_terminal '"$MSCOMM" consume "$q-nowhere" --color never'
  if sed '1d;$d' typescript | grep -qa $'\e\['; then complain 'colour in spite of --color never'; fi
}

@test "Ctrl-C on the terminal ends a consumer within a second, by the signal" {
  mkfifo keys
  export MSCOMM q
  # The shell in between is a person's: it says 130 for a command that SIGINT ended.
  start_process terminal bash -c 'exec script -qfec "trap : INT; \"\$MSCOMM\" consume \"\$q\"; echo ended \$?" typescript <keys'
  exec 8>keys
  await 10 queue_has_consumers "$q" 1
  printf '\003' >&8
  await 1 grep -qa 'ended 130' typescript
  exec 8>&-
  await_process terminal
  queue_has_consumers "$q" 0
}

@test "a message typed at the terminal is announced, and Ctrl-D ends it" {
  mkfifo keys
  export MSCOMM q
  start_process terminal bash -c 'exec script -qfec "\"\$MSCOMM\" publish -q \"\$q\"" typescript <keys'
  exec 8>keys
  await 10 grep -qa 'Ctrl-D ends it' typescript
  printf 'hello\n\004' >&8
  await_process terminal
  assert_equal "$status" 0
  exec 8>&-
  assert_equal "$(amqp get "$q" | jq -c .body)" '"hello\n"'
}
