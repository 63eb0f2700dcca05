#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace mscomm {

/// Random bits of the system (getentropy(3)): what a short command wants of std::random_device,
/// whose look at the processor takes 50 us in a virtual machine. Throws std::system_error.
std::uint64_t random_bits();

/// So many random hexadecimal digits in lower case.
std::string random_hex(std::size_t digits);

/// A random UUID (RFC 9562, version 4).
std::string random_uuid();

}  // namespace mscomm
