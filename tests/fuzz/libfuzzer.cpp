// What libFuzzer calls.

#include <cstddef>
#include <cstdint>

#include "fuzz/fuzzer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mscomm::test::fuzz({reinterpret_cast<const char*>(data), size});
  return 0;
}
