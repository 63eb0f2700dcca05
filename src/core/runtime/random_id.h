#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace mscomm {

/// Random bits from the system (getentropy(3)). std::random_device would inspect the processor
/// first, which takes 50 us in a virtual machine. Throws std::system_error.
std::uint64_t random_bits();

/// `digits` random hexadecimal digits in lower case.
std::string random_hex(std::size_t digits);

/// A random UUID (RFC 9562, version 4).
std::string random_uuid();

}  // namespace mscomm
