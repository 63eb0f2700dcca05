#include "core/http/curl_library.h"

#include <fmt/format.h>

#include <cstdlib>
#include <new>

#include "core/runtime/error.h"
#include "core/runtime/shared_library.h"

namespace mscomm {
namespace {

// The soname of libcurl's ABI since 2006; Debian's is the OpenSSL build.
constexpr const char* kLibraryName = "libcurl.so.4";

// 7.85.0, the first with CURLOPT_PROTOCOLS_STR.
constexpr unsigned kOldestVersion = 0x075500;

// Debian's libcurl brings GnuTLS along for RTMP and LDAP, which initialises itself on loading: 0.5
// ms of every start. HTTPS does not use it, and a libcurl that does initialises it by name.
class WithoutGnutls {
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

SharedLibrary load_libcurl(const char* name) {
  const WithoutGnutls faster;
  return SharedLibrary(
      name, {"libcurl", "which speaks HTTP", "install libcurl: apt-get install libcurl4"});
}

}  // namespace

CurlLibrary CurlLibrary::load(const char* name) {
  const auto library = load_libcurl(name);
  CurlLibrary curl;
  const auto from = [&library](const char* symbol, auto& function) {
    library.find(symbol, function);
  };
  from("curl_global_init", curl.global_init);
  from("curl_version_info", curl.version_info);
  from("curl_free", curl.free);
  from("curl_getdate", curl.getdate);
  from("curl_slist_append", curl.slist_append);
  from("curl_slist_free_all", curl.slist_free_all);
  from("curl_easy_init", curl.easy_init);
  from("curl_easy_cleanup", curl.easy_cleanup);
  from("curl_easy_setopt", curl.easy_setopt);
  from("curl_easy_getinfo", curl.easy_getinfo);
  from("curl_easy_pause", curl.easy_pause);
  from("curl_easy_strerror", curl.easy_strerror);
  from("curl_easy_escape", curl.easy_escape);
  from("curl_easy_unescape", curl.easy_unescape);
  from("curl_mime_init", curl.mime_init);
  from("curl_mime_free", curl.mime_free);
  from("curl_mime_addpart", curl.mime_addpart);
  from("curl_mime_name", curl.mime_name);
  from("curl_mime_data", curl.mime_data);
  from("curl_mime_filedata", curl.mime_filedata);
  from("curl_mime_filename", curl.mime_filename);
  from("curl_multi_init", curl.multi_init);
  from("curl_multi_cleanup", curl.multi_cleanup);
  from("curl_multi_setopt", curl.multi_setopt);
  from("curl_multi_add_handle", curl.multi_add_handle);
  from("curl_multi_remove_handle", curl.multi_remove_handle);
  from("curl_multi_socket_action", curl.multi_socket_action);
  from("curl_multi_info_read", curl.multi_info_read);
  from("curl_multi_strerror", curl.multi_strerror);
  from("curl_url", curl.url);
  from("curl_url_cleanup", curl.url_cleanup);
  from("curl_url_get", curl.url_get);
  from("curl_url_set", curl.url_set);
  from("curl_url_strerror", curl.url_strerror);

  const auto& version = *curl.version_info(CURLVERSION_NOW);
  if (version.version_num < kOldestVersion) {
    throw Error(Exit::usage,
                fmt::format("libcurl {} is too old: 7.85.0 or newer is needed", version.version));
  }
  if (const auto code = curl.global_init(CURL_GLOBAL_DEFAULT); code != CURLE_OK) {
    throw Error(Exit::internal,
                fmt::format("cannot initialise libcurl: {}", curl.easy_strerror(code)));
  }
  return curl;
}

const CurlLibrary& CurlLibrary::get() {
  static const CurlLibrary library = load(kLibraryName);
  return library;
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
