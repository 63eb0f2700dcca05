#include "core/runtime/sha256.h"

#include <fmt/format.h>

#include <array>
#include <new>

#include "core/runtime/openssl_library.h"

namespace mscomm {

void Sha256::Free::operator()(evp_md_ctx_st* context) const { openssl().EVP_MD_CTX_free(context); }

// Its functions fail only without memory, or without the algorithm.
Sha256::Sha256() : sum_(openssl().EVP_MD_CTX_new()), copy_(openssl().EVP_MD_CTX_new()) {
  if (!sum_ || !copy_ ||
      openssl().EVP_DigestInit_ex(sum_.get(), openssl().EVP_sha256(), nullptr) != 1) {
    throw std::bad_alloc();
  }
}

void Sha256::add(std::string_view bytes) {
  openssl().EVP_DigestUpdate(sum_.get(), bytes.data(), bytes.size());
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (openssl().EVP_MD_CTX_copy_ex(copy_.get(), sum_.get()) != 1 ||
      openssl().EVP_DigestFinal_ex(copy_.get(), digest.data(), &size) != 1) {
    throw std::bad_alloc();
  }
  return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + size, ""));
}

}  // namespace mscomm
