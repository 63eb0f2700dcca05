#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace mscomm {

/// A SHA-256 (FIPS 180-4) of bytes that come in pieces. OpenSSL is loaded by the first one; throws
/// Error{usage} when it is not installed.
class Sha256 {
 public:
  Sha256();

  void add(std::string_view bytes);
  /// The digest of all bytes so far, 64 hexadecimal digits; more may be added afterwards.
  [[nodiscard]] std::string hex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  using Context = std::unique_ptr<evp_md_ctx_st, Free>;

  Context sum_;
  Context copy_;  // is finished in place of sum_
};

}  // namespace mscomm
