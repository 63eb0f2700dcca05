#include "core/load/report/load_report_style.h"

#include <fmt/format.h>

#include <array>

#include "core/load/report/report_files.h"
#include "core/runtime/openssl_library.h"
#include "core/runtime/text.h"

namespace mscomm::report {
namespace {

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  openssl().EVP_Digest(text.data(), text.size(), digest.data(), &size, openssl().EVP_sha256(),
                       nullptr);
  return base64_encode({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace

std::string_view style_sheet() { return kStyleSheet; }

std::string_view script() { return kScript; }

std::string content_security_policy() {
  return fmt::format(
      "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; "
      "form-action 'none'",
      sha256(kScript), sha256(kStyleSheet));
}

}  // namespace mscomm::report
