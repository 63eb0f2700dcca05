#pragma once

#include <string>

namespace mscomm {

/// The HTTP library in use and its TLS library, for example "libcurl 7.88.1 OpenSSL/3.0.17". Throws
/// Error{usage} when it cannot be loaded.
std::string http_library_version();

}  // namespace mscomm
