#include "core/http/http_library.h"

#include "core/http/curl_library.h"

namespace mscomm {

std::string http_library_version() {
  const auto* info = CurlLibrary::get().version_info(CURLVERSION_NOW);
  auto version = std::string("libcurl ") + info->version;
  if (info->ssl_version != nullptr) {
    version += std::string(" ") + info->ssl_version;
  }
  return version;
}

}  // namespace mscomm
