#pragma once

#include <cstddef>
#include <string>

namespace mscomm {

/// So many random hexadecimal digits in lower case.
std::string random_hex(std::size_t digits);

/// A random UUID (RFC 9562, version 4).
std::string random_uuid();

}  // namespace mscomm
