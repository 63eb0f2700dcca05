#include "core/http/curl_library.h"

#include <fmt/format.h>

#include <cstdlib>
#include <new>

#include "core/runtime/error.h"

namespace mscomm {
namespace {

// 7.85.0, the first with CURLOPT_PROTOCOLS_STR.
constexpr unsigned kOldestVersion = 0x075500;

}  // namespace

// Debian's libcurl links GnuTLS for RTMP and LDAP, and GnuTLS initialises itself when loaded: 0.5
// ms of every start. HTTPS does not use it; a libcurl built on GnuTLS initialises it explicitly.
class CurlLibrary::WithoutGnutls {
 public:
  WithoutGnutls() : is_ours_(std::getenv(kName) == nullptr) {
    if (is_ours_) {
      setenv(kName, "1", 1);
    }
  }
  WithoutGnutls(const WithoutGnutls&) = delete;
  WithoutGnutls& operator=(const WithoutGnutls&) = delete;
  ~WithoutGnutls() {
    if (is_ours_) {
      unsetenv(kName);
    }
  }

 private:
  static constexpr const char* kName = "GNUTLS_NO_IMPLICIT_INIT";
  bool is_ours_;
};

CurlLibrary::CurlLibrary(const char* name, const WithoutGnutls&)
    : LibraryTable(name,
                   {"libcurl", "which speaks HTTP", "install libcurl: apt-get install libcurl4"}) {}

CurlLibrary::CurlLibrary(const char* name) : CurlLibrary(name, WithoutGnutls()) {
  const auto& version = *version_info(CURLVERSION_NOW);
  if (version.version_num < kOldestVersion) {
    throw Error(Exit::usage,
                fmt::format("libcurl {} is too old: 7.85.0 or newer is needed", version.version));
  }
  if (const auto code = global_init(CURL_GLOBAL_DEFAULT); code != CURLE_OK) {
    throw Error(Exit::internal, fmt::format("cannot initialise libcurl: {}", easy_strerror(code)));
  }
}

void append(CurlList& list, const std::string& text) {
  auto* const longer = CurlLibrary::get().slist_append(list.get(), text.c_str());
  if (longer == nullptr) {
    throw std::bad_alloc();
  }
  static_cast<void>(list.release());  // NOLINT(bugprone-unused-return-value): `longer` owns it now
  list.reset(longer);
}

}  // namespace mscomm
