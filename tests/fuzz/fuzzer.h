#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace mscomm::test {

/// One input for a parser of outside input; each fuzzer defines it. Whatever the bytes are, it must
/// neither crash nor hang nor break a property that it checks with require().
void fuzz(std::string_view input);

/// Says which property does not hold, and aborts.
inline void require(bool holds, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (!holds) {
    std::fprintf(stderr, "%s:%d: this property does not hold\n", file, line);
    std::abort();
  }
}

}  // namespace mscomm::test
