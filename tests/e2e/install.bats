#!/usr/bin/env bats
# What `cmake --install` puts into an empty prefix, and that it works there.

load helper

setup() {
  setup_test
  build=$(dirname "$MSCOMM")
  [ -e "$build/cmake_install.cmake" ] || skip 'MSCOMM is not in a build folder'
  # As packagers do it: the prefix is where it will be, DESTDIR where it is put together.
  DESTDIR=$PWD/root cmake --install "$build" --prefix /opt/mscomm >/dev/null
  installed=$PWD/root/opt/mscomm
}

teardown() {
  teardown_test
}

@test "the binary and the manual are installed, and nothing else or elsewhere" {
  (cd root && find . -type f -o -type l) | sort >found
  {
    echo ./opt/mscomm/bin/mscomm
    (cd "$tests_root/../man" && printf './opt/mscomm/share/man/man1/%s\n' *.1)
  } | sort >expected
  diff expected found
}

@test "the installed binary needs nothing of the build and no environment" {
  env -i "$installed/bin/mscomm" --version >version
  [[ $(<version) == "mscomm "* ]]
  # libcurl is loaded on demand: what cannot be reached is not what cannot be loaded.
  local status=0
  env -i "$installed/bin/mscomm" get http://127.0.0.1:9/ 2>error || status=$?
  [ "$status" -eq 3 ] || { cat error && return 1; }
  # No path of the build folder, where a library might be found by chance.
  [ -z "$(readelf -d "$installed/bin/mscomm" | grep -E 'R(UN)?PATH' || true)" ]
}

@test "the installed manual can be read" {
  local page
  for page in "$installed"/share/man/man1/*.1; do
    [ "$(mandoc -T utf8 "$page" | wc -l)" -gt 20 ]
  done
}
