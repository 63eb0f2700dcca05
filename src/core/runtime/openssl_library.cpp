#include "core/runtime/openssl_library.h"

namespace mscomm {

OpensslLibrary::OpensslLibrary()
    : LibraryTable("libssl.so.3", {"OpenSSL", "which TLS and binary bodies in JSON need",
                                   "install it: apt-get install libssl3"}) {}

}  // namespace mscomm
