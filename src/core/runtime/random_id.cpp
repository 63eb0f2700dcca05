#include "core/runtime/random_id.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace mscomm {

std::uint64_t random_bits() {
  std::uint64_t bits = 0;
  if (getentropy(&bits, sizeof bits) != 0) {
    throw std::system_error(errno, std::generic_category(), "getentropy");
  }
  return bits;
}

std::string random_hex(std::size_t digits) {
  std::string text;
  while (text.size() < digits) {
    text += fmt::format("{:016x}", random_bits());
  }
  text.resize(digits);
  return text;
}

std::string random_uuid() {
  auto hex = random_hex(32);
  hex[12] = '4';                                          // version
  hex[16] = "89ab"[static_cast<unsigned>(hex[16]) % 4U];  // variant
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

}  // namespace mscomm
