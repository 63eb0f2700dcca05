#!/usr/bin/env bats
# The manual and the binary say the same.

load helper

setup() {
  setup_test
  root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  mscomm --dump-cli >cli.json
}

commands() { jq -r '.commands[].name' cli.json; }

# The page of a command; the verbs share one. Nothing for a command without a page.
page_of() {
  case $1 in
    post | put | patch | delete | head) ;;
    *) echo "$root/man/mscomm-$1.1" ;;
  esac
}

# "--queue" for each option that --help lists.
options_of_help() { grep -E '^ {2,6}-' | grep -oE -- '--[a-z][a-z0-9-]*(\.[0-9]+)?' | sort -u; }

# The same for what a page, as a reader sees it, has as the head of a paragraph or in the list of
# common options.
options_of_page() {
  mandoc -T ascii -O width=78 "$1" | col -bx |
    sed -nE '/^     -/p; /Common options/,/^[A-Z]/p' | grep -oE -- '--[a-z][a-z0-9-]*(\.[0-9]+)?' | sort -u
}

@test "the generated parts of the manual are up to date" {
  run_split "$root/scripts/docs" --check
  assert_status 0
}

@test "a page that is out of date is found and written" {
  cp -r "$root/scripts" "$root/man" .
  sed -i 's/^Say what is being done/Says nothing/' man/mscomm.1
  run_split scripts/docs --check
  assert_status 1
  assert_stderr 'docs: out of date: man/mscomm.1 (scripts/docs writes them)'
  scripts/docs
  cmp man/mscomm.1 "$root/man/mscomm.1"
}

@test "every command has a page" {
  local command page
  for command in $(commands); do
    page=$(page_of "$command")
    [ -z "$page" ] || [ -f "$page" ] || complain "no $page"
  done
}

@test "help and manual have the same options" {
  local command page
  diff <(mscomm --help | options_of_help) <(options_of_page "$root/man/mscomm.1") >&2
  for command in $(commands); do
    page=$(page_of "$command")
    [ -n "$page" ] || continue
    diff <(mscomm "$command" --help | options_of_help) <(options_of_page "$page") >&2 ||
      complain "mscomm $command --help and $page differ"
  done
}

@test "the page of the program names each command's" {
  local command section page=$root/man/mscomm.1
  for command in $(commands); do
    [ -n "$(page_of "$command")" ] || continue
    for section in '/^The commands are/,/^\.El/' '/^\.Sh SEE ALSO/,/^\.Sh CAVEATS/'; do
      sed -n "${section}p" "$page" | grep -q "^\.Xr mscomm-$command 1" ||
        complain "no mscomm-$command in $section of $page"
    done
  done
}

@test "the examples of the manual use options that exist" {
  local line command option
  local -A known=()
  for command in $(commands); do
    known[$command]=$(mscomm "$command" --help | options_of_help)
  done
  local -i checked=0
  local example
  example=" ($(commands | paste -sd '|'))( .*|$)"
  while read -r line; do
    [[ ${line%% -- *} =~ $example ]] || continue
    command=${BASH_REMATCH[1]} line=${BASH_REMATCH[2]} checked+=1
    while [[ $line =~ \ (--[a-z][a-z-]*)(.*) ]]; do
      option=${BASH_REMATCH[1]} line=${BASH_REMATCH[2]}
      grep -qxF -e "$option" <<<"${known[$command]}" || complain "no $option in an example of $command"
    done
  done < <(sed -nE 's/^(\.Dl )?(\$ )?(.*mscomm .*)/\3/p' "$root"/man/*.1 | grep -oE 'mscomm [^|&;]*')
  ((checked > 30))
}

@test "help fits 80 columns" {
  local command
  for command in '' $(commands); do
    mscomm help ${command:+"$command"} | awk -v c="$command" '
      length($0) > 80 { print c ": " $0; bad = 1 } END { exit bad }' >&2
  done
}

@test "mandoc has nothing to say about the pages" {
  run_split mandoc -T lint -W warning "$root"/man/*.1
  assert_status 0
  assert_stdout
}
